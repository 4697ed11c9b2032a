/** `resync`, `keep`, `rescue`: throwing away a copy that diverged, and keeping what would be lost. Python; see script.ts. */
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


def keep(item, choose=lambda image: None):
    """A copy that is not mirrored, under its name only once it is whole."""
    names, partial = rbd.RBD().list(ioctx), item['copy'] + '.partial'
    if item['copy'] in names:
        return 'is kept as ' + item['copy']
    with rbd.Image(ioctx, item['name'], read_only=True) as image:
        if image.id() != item['id']:
            raise Refused('it is not the copy that was meant any more')
        choose(image)
        forget(partial)
        image.copy(ioctx, partial, features=PLAIN)
    rbd.RBD().rename(ioctx, partial, item['copy'])
    return 'kept as ' + item['copy']


def last_whole(image):
    """A mirror snapshot that arrives is made before its data comes: read by its id, it has what was whole before it."""
    snaps = mirror_snapshots(image)
    if not snaps or snaps[-1]['mirror']['complete']:
        raise Refused('its newest mirror snapshot is whole: there is nothing to rescue')
    if not [snap for snap in snaps if snap['mirror']['complete']]:
        raise Refused('no mirror snapshot of it has ever arrived whole')
    image.set_snap_by_id(snaps[-1]['id'])


def rescue(item):
    return keep(item, last_whole)
`
