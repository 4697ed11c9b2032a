/** `snapshot` and `prove`: what is written to a primary. Python; see script.ts. */
export const writes = `def snapshot(name):
    with rbd.Image(ioctx, name) as image:
        if cut_off(image):
            return 'is to be demoted, which takes a snapshot'
        image.mirror_image_create_snapshot()
        return 'snapshot taken'


def prove(name):
    """Writes what is there already, as the only writer where the image can be locked: one mirrored by snapshots need not."""
    with rbd.Image(ioctx, name) as image:
        if not request.get('plain') and not image.mirror_image_get_info()['primary']:
            raise Refused('it is not primary here')
        if clients_of(image):
            return 'is written by its client'
        if not image.features() & rbd.RBD_FEATURE_EXCLUSIVE_LOCK:
            return write_back(image)
        image.lock_acquire(rbd.RBD_LOCK_MODE_EXCLUSIVE)
        try:
            return write_back(image)
        finally:
            image.lock_release()


def write_back(image):
    data = image.read(0, min(512, image.size()))
    image.write(data, 0)
    image.flush()
    if image.read(0, len(data)) != data:
        raise Refused('what was written is not what is read')
    return 'written and read back'
`
