/**
 * Works on many images of a pool over one connection to the cluster, where a process of `rbd` for each would take some
 * 100 ms of CPU: with librbd's Python bindings, which `ceph-common` brings to every host that has the `ceph` command.
 *
 * It reads a request (JSON) from standard input. `look` answers with JSON; every other operation works on the images
 * named, some at a time, prints a line an image (done on standard output, failed on standard error), and ends with 0 only
 * when all are done. What is done already is left as it is. An image that does not answer in time is given up, and the
 * others go on; with the process, what hangs ends.
 */
export const batchScript = `import json, os, sys, threading, time
import rados, rbd

request = json.load(sys.stdin)
pool, namespace = request['pool'], request.get('namespace') or ''
op = request['op']
images = request.get('images') or []
deadline = request.get('deadline') or 120
EBUSY, EROFS = 16, 30
PRIMARY, PRIMARY_DEMOTED, NON_PRIMARY, NON_PRIMARY_DEMOTED = range(4)
STATES = ['primary', 'demoted', 'non-primary', 'non-primary (demoted)']
MODES = {0: 'journal', 1: 'snapshot'}
PLAIN = rbd.RBD_FEATURE_LAYERING | rbd.RBD_FEATURE_EXCLUSIVE_LOCK | rbd.RBD_FEATURE_OBJECT_MAP | rbd.RBD_FEATURE_FAST_DIFF


class Refused(Exception):
    pass


def connect():
    cluster = rados.Rados(conffile='', rados_id='admin')
    cluster.conf_parse_env()
    cluster.conf_set('client_mount_timeout', '20')
    cluster.conf_set('rados_mon_op_timeout', '20')
    cluster.conf_set('rbd_default_clone_format', '2')
    if op == 'look':
        cluster.conf_set('rados_osd_op_timeout', '60')
    cluster.connect(timeout=20)
    return cluster


def spec(name):
    return '/'.join(part for part in (pool, namespace, name) if part)


def mode_of(image):
    get = getattr(image, 'mirror_image_get_mode', None)
    return MODES.get(get(), 'journal') if get else 'journal'


def mirror_snapshots(image):
    return [snap for snap in image.list_snaps() if 'mirror' in snap]


def sessions():
    """Who is connected, by client id: the daemons of the other site have images open as well, and are no clients."""
    code, out, _ = cluster.mon_command(json.dumps({'prefix': 'quorum_status', 'format': 'json'}), b'', 20)
    names = json.loads(out)['quorum_names'] if code == 0 else []
    found = {}
    for name in names:
        try:
            code, out, _ = cluster.mon_command(json.dumps({'prefix': 'sessions'}), b'', 10, target=name)
            for session in json.loads(out) if code == 0 else []:
                found[str(session.get('global_id'))] = session.get('entity_name')
        except (rados.Error, ValueError):
            pass
    return found


def watchers_of(image):
    own = str(cluster.get_instance_id())
    return [{'address': w['addr'], 'client': str(w['id']), 'entity': entities.get(str(w['id']))}
            for w in image.watchers_list() if str(w['id']) != own]


def clients_of(image):
    daemons = request.get('daemons', [])
    return [w for w in watchers_of(image)
            if w['client'] not in daemons and not (w['entity'] or '').startswith(('client.rbd-mirror', 'mgr.'))]


def epoch(moment):
    return int((moment - moment.__class__(1970, 1, 1)).total_seconds())


def describe_snapshot(image, snap):
    mirror = snap['mirror']
    return {'id': snap['id'], 'state': STATES[mirror['state']], 'complete': mirror['complete'],
            'time': epoch(image.get_snap_timestamp(snap['id'])), 'primarySnapshot': mirror.get('primary_snap_id')}


def parent_of(image):
    try:
        parent_pool, parent, snap = image.parent_info()
        return '%s/%s@%s' % (parent_pool, parent, snap)
    except rbd.ImageNotFound:
        return None


def details(name):
    with rbd.Image(ioctx, name, read_only=True) as image:
        snaps = image.list_snaps()
        mirror = [snap for snap in snaps if 'mirror' in snap]
        modified = getattr(image, 'modify_timestamp', None)
        return {'size': image.size(), 'modified': epoch(modified()) if modified else None, 'parent': parent_of(image),
                'watchers': watchers_of(image),
                'snapshots': [describe_snapshot(image, snap) for snap in mirror],
                'userSnapshots': [snap['name'] for snap in snaps if snap.get('namespace', 0) == 0]}


def look():
    names = dict((entry['id'], entry['name']) for entry in rbd.RBD().list2(ioctx))
    wanted = set(images)
    mirrored, seen = [], set()
    for image_id, info in rbd.RBD().mirror_image_info_list(ioctx):
        seen.add(image_id)
        name = names.get(image_id)
        if name is None or (wanted and name not in wanted):
            continue
        mirrored.append({'name': name, 'id': image_id, 'mode': MODES.get(info['mode'], 'journal'),
                         'globalId': info['global_id'], 'primary': info['primary']})
    if request.get('detail'):
        in_parallel([entry['name'] for entry in mirrored], details, 8)
        found = dict((name, result) for name, result, error, _ in outcomes if error is None)
        mirrored = [dict(entry, **found[entry['name']]) for entry in mirrored if entry['name'] in found]
        bad = [(name, error) for name, _, error, _ in outcomes if error is not None and not isinstance(error, rbd.ImageNotFound)]
        for name, error in bad:
            sys.stderr.write('%s: %s\\n' % (spec(name), error))
        if bad:
            return 1
    others = sorted(name for image_id, name in names.items() if image_id not in seen)
    json.dump({'now': int(time.time()), 'images': sorted(mirrored, key=lambda entry: entry['name']), 'others': others}, sys.stdout)
    return 0


def arrived(image):
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


def fence(image):
    """A daemon that was killed keeps its hold on an image for half a minute, unless the cluster is told that it is gone."""
    for found in watchers_of(image):
        if found['client'] not in request.get('daemons', []) or found['address'] in fenced:
            continue
        with lock:
            if found['address'] in fenced:
                continue
            for word in ('blocklist', 'blacklist'):
                order = {'prefix': 'osd ' + word, word + 'op': 'add', 'addr': found['address']}
                if cluster.mon_command(json.dumps(order), b'', 20)[0] == 0:
                    break
            cluster.wait_for_latest_osdmap()
            fenced.add(found['address'])
    for owner in owners_of(image):
        image.lock_break(owner['mode'], owner['owner'])


def promote(name):
    """Without force: waits, up to the deadline, until the demotion has arrived."""
    force, end = bool(request.get('force')), time.time() + deadline - 2
    while True:
        with rbd.Image(ioctx, name) as image:
            if image.mirror_image_get_info()['primary']:
                return 'is primary'
            try:
                if force:
                    fence(image)
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
            return 'is secondary'
        clients = [w['address'] for w in clients_of(image)]
        if clients and not request.get('ignoreClients'):
            raise Refused('a client has it open: ' + ', '.join(clients))
        image.mirror_image_demote()
        return 'demoted'


def snapshot(name):
    with rbd.Image(ioctx, name) as image:
        image.mirror_image_create_snapshot()
        return 'snapshot taken'


def resync(item):
    with rbd.Image(ioctx, item['name']) as image:
        if image.id() != item['id']:
            return 'is a new copy already'
        if image.mirror_image_get_info()['primary']:
            raise Refused('it is primary here, and is not thrown away')
        image.mirror_image_resync()
        return 'is copied anew'


def prove(name):
    """Writes what is there already, as the only writer."""
    with rbd.Image(ioctx, name) as image:
        if not request.get('plain') and not image.mirror_image_get_info()['primary']:
            raise Refused('it is not primary here')
        if clients_of(image):
            return 'is written by its client'
        image.lock_acquire(rbd.RBD_LOCK_MODE_EXCLUSIVE)
        try:
            data = image.read(0, min(512, image.size()))
            image.write(data, 0)
            image.flush()
            if image.read(0, len(data)) != data:
                raise Refused('what was written is not what is read')
        finally:
            image.lock_release()
        return 'written and read back'


def forget(name):
    try:
        rbd.RBD().remove(ioctx, name)
    except rbd.ImageNotFound:
        pass


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


def snap(item):
    with rbd.Image(ioctx, item['name']) as image:
        if item['snapshot'] not in [s['name'] for s in image.list_snaps()]:
            image.create_snap(item['snapshot'])
        if mode_of(image) == 'snapshot':
            image.mirror_image_create_snapshot()
        return 'snapshot taken'


def unsnap(item):
    with rbd.Image(ioctx, item['name']) as image:
        for name in [s['name'] for s in image.list_snaps() if s.get('namespace', 0) == 0]:
            if name.startswith(item['snapshot']):
                image.remove_snap(name)
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


outcomes, lock = [], threading.Lock()


def in_parallel(items, work, parallel):
    queue, running = list(reversed(items)), {}

    def worker():
        while True:
            with lock:
                if not queue:
                    return
                item = queue.pop()
                token = object()
                since = time.time()
                running[token] = (item, since)
            result, error = None, None
            try:
                result = work(item)
            except Exception as caught:
                error = caught
            with lock:
                if running.pop(token, None) is None:
                    return
                outcomes.append((item, result, error, time.time() - since))

    def start():
        thread = threading.Thread(target=worker)
        thread.daemon = True
        thread.start()

    for _ in range(min(parallel, len(items))):
        start()
    told = 0
    while told < len(items):
        time.sleep(0.02)
        with lock:
            for token, (item, since) in list(running.items()):
                if time.time() - since > deadline:
                    del running[token]
                    outcomes.append((item, None, Refused('no answer in %d s, given up' % deadline), deadline))
                    start()
            fresh = outcomes[told:]
        for outcome in fresh:
            report(*outcome)
        told += len(fresh)


def report(item, result, error, seconds):
    if op == 'look':
        return
    name = spec(item if not isinstance(item, dict) else item['name'])
    if error is None:
        sys.stdout.write('%s %s (%.1f s)\\n' % (name, result, seconds))
        sys.stdout.flush()
    else:
        sys.stderr.write('%s: %s\\n' % (name, error))


try:
    cluster = connect()
    ioctx = cluster.open_ioctx(pool)
    if namespace:
        ioctx.set_namespace(namespace)
    entities = sessions() if op in ('demote', 'prove') or request.get('detail') else {}
    if op == 'look':
        code = look()
    else:
        in_parallel(images, globals()[op], request.get('parallel') or 16)
        code = 1 if [error for _, _, error, _ in outcomes if error is not None] else 0
except rados.ObjectNotFound as error:
    sys.stderr.write('%s: %s\\n' % (pool, error))
    code = 2
except rados.Error as error:
    sys.stderr.write('%s\\n' % error)
    code = 1
sys.stdout.flush()
sys.stderr.flush()
os._exit(code)
`
