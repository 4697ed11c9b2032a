/** `promote`, `demote`, `fence`: where images are written, and by whom not. Python; see script.ts. */
export const roles = `def arrived(image):
    """A demotion is a snapshot in this mode, and counts when all of it is here (ceph/ceph#54802)."""
    if mode_of(image) != 'snapshot':
        return True
    snaps = mirror_snapshots(image)
    last = snaps[-1]['mirror'] if snaps else None
    return bool(last) and last['complete'] and last['state'] in (PRIMARY_DEMOTED, NON_PRIMARY_DEMOTED)


fenced = set()


def owners_of(image):
    try:
        return list(image.lock_get_owners())
    except rbd.Error:
        return []  # not locked, or one that cannot be


def blocklist(address):
    """The cluster takes nothing from this address any more; for an hour, as is its default."""
    with lock:
        if address in fenced:
            return
        for word in ('blocklist', 'blacklist'):
            order = {'prefix': 'osd ' + word, word + 'op': 'add', 'addr': address}
            if cluster.mon_command(json.dumps(order), b'', 20)[0] == 0:
                break
        else:
            raise Refused('the cluster did not shut out ' + address)
        cluster.wait_for_latest_osdmap()
        fenced.add(address)


def take_over(image):
    """A daemon that was killed keeps its hold on an image for half a minute, unless the cluster is told that it is gone."""
    for found in watchers_of(image):
        if found['client'] in request.get('daemons', []):
            blocklist(found['address'])
    for owner in owners_of(image):
        image.lock_break(owner['mode'], owner['owner'])


def fence(name):
    with rbd.Image(ioctx, name, read_only=True) as image:
        addresses = [found['address'] for found in clients_of(image)]
    for address in addresses:
        blocklist(address)
    return 'shut out ' + ', '.join(addresses) if addresses else 'has no client'


def promote(name):
    """Without force: waits, up to the deadline, until the demotion has arrived."""
    force, end = bool(request.get('force')), time.time() + deadline - 2
    while True:
        with rbd.Image(ioctx, name) as image:
            primary = image.mirror_image_get_info()['primary']
            if primary and not cut_off(image):
                return 'is primary'
            try:
                if primary:
                    image.mirror_image_demote()
                    continue
                if force:
                    take_over(image)
                if force or arrived(image):
                    image.mirror_image_promote(force)
                    return 'promoted'
            except rbd.Error as error:
                if force or getattr(error, 'errno', None) not in (EBUSY, EROFS):
                    raise
        if time.time() > end:
            raise Refused('its demotion has not arrived here within %d s' % deadline)
        time.sleep(0.5)


def demote(name):
    with rbd.Image(ioctx, name) as image:
        if not image.mirror_image_get_info()['primary']:
            if not demotion_cut_off(image, last_role_of(image)):
                return 'is secondary'
            image.mirror_image_promote(False)
    with rbd.Image(ioctx, name) as image:
        clients = [w['address'] for w in clients_of(image)]
        if clients and not request.get('ignoreClients'):
            raise Refused('a client has it open: ' + ', '.join(clients))
        image.mirror_image_demote()
        return 'demoted'
`
