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


def used_by(name):
    """Bytes of the objects that an image has, and of those that it has from its parent: a copy has all of them."""
    found = []
    with rbd.Image(ioctx, name, read_only=True) as image:
        image.diff_iterate(0, image.size(), None, lambda _, length, there: found.append(length if there else 0),
                           include_parent=True, whole_object=True)
    return sum(found)


def room():
    """Bytes that the pool can still take; None where that cannot be told."""
    code, out, _ = cluster.mon_command(json.dumps({'prefix': 'df', 'format': 'json'}), b'', 20)
    found = [entry['stats']['max_avail'] for entry in json.loads(out)['pools'] if entry['name'] == pool] if code == 0 else []
    return found[0] if found else None


def refuse_without_room():
    """A full cluster takes no write of anybody: copies must not be what fills it."""
    names, free = rbd.RBD().list(ioctx), room()
    wanted = [item['name'] for item in images if item['copy'] not in names and item['name'] in names]
    needed = sum(used_by(name) for name in wanted)
    if free is not None and needed > 0.9 * free:
        raise Refused('%d images have %.1f GiB, and pool %s has room for %.1f GiB: nothing was copied, since a full cluster '
                      'takes no writes any more' % (len(wanted), needed / 2.0 ** 30, pool, free / 2.0 ** 30))


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
