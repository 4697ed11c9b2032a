/** `resync` and `keep`: throwing away a copy that diverged, and keeping what it had. Python; see script.ts. */
export const copies = `def resync(item):
    """Sets a flag that the local daemon acts on. It may be slow to let go of the image, and may act before we hear of it."""
    try:
        image = rbd.Image(ioctx, item['name'])
    except rbd.ImageNotFound:
        return 'is gone already, and is copied anew'
    with image:
        if image.id() != item['id']:
            return 'is a new copy already'
        if image.mirror_image_get_info()['primary']:
            raise Refused('it is primary here, and is not thrown away')
        image.mirror_image_resync()
        return 'is copied anew'


def keep(item):
    """A copy that is not mirrored, under its name only once it is whole."""
    names, partial = rbd.RBD().list(ioctx), item['copy'] + '.partial'
    if item['copy'] in names:
        return 'is kept as ' + item['copy']
    with rbd.Image(ioctx, item['name'], read_only=True) as image:
        if image.id() != item['id']:
            raise Refused('it is not the copy that diverged any more')
        forget(partial)
        image.copy(ioctx, partial, features=PLAIN)
    rbd.RBD().rename(ioctx, partial, item['copy'])
    return 'kept as ' + item['copy']
`
