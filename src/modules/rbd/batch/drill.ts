/** `snap`, `clone`, `unsnap`, `remove`: what a drill makes, and takes away again. Python; see script.ts. */
export const drill = `def snap(item):
    with rbd.Image(ioctx, item['name']) as image:
        if item['snapshot'] not in [s['name'] for s in image.list_snaps()]:
            image.create_snap(item['snapshot'])
        if mode_of(image) == 'snapshot':
            image.mirror_image_create_snapshot()
        return 'snapshot taken'


def unsnap(item):
    with rbd.Image(ioctx, item['name']) as image:
        if item['snapshot'] in [s['name'] for s in image.list_snaps()]:
            image.remove_snap(item['snapshot'])
        if mode_of(image) == 'snapshot':
            image.mirror_image_create_snapshot()
        return 'snapshot removed'


def clone(item):
    if item['clone'] not in rbd.RBD().list(ioctx):
        rbd.RBD().clone(ioctx, item['name'], item['snapshot'], ioctx, item['clone'], features=PLAIN)
    return 'cloned'


def remove(name):
    forget(name)
    return 'removed'
`
