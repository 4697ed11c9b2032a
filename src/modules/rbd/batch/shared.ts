/** What every operation needs: the request, the connection, and who is who. Python; see script.ts. */
export const shared = `import json, os, struct, sys, threading, time
import rados, rbd
from multiprocessing.pool import ThreadPool

request = json.load(sys.stdin)
pool, namespace = request['pool'], request.get('namespace') or ''
op = request['op']
images = request.get('images') or []
deadline = request.get('deadline') or 120
EAGAIN, EBUSY, EROFS, ETIMEDOUT = 11, 16, 30, 110
TRANSIENT = (EAGAIN, EBUSY, ETIMEDOUT)
PRIMARY, PRIMARY_DEMOTED, NON_PRIMARY, NON_PRIMARY_DEMOTED = range(4)
STATES = ['primary', 'demoted', 'non-primary', 'non-primary (demoted)']
MODES = {0: 'journal', 1: 'snapshot'}
POOL_MODES = {0: 'disabled', 1: 'image', 2: 'pool'}
CUT_OFF = 1 << 10  # RBD_FEATURE_NON_PRIMARY
JOURNALING = 1 << 6  # RBD_FEATURE_JOURNALING
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


def cut_off(image):
    """Of what is called primary: a change of its role was killed between its two steps, and it cannot be written."""
    return bool(image.features() & CUT_OFF)


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


def forget(name):
    try:
        rbd.RBD().remove(ioctx, name)
    except rbd.ImageNotFound:
        pass
`
