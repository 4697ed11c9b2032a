import { canaryPrefix, canarySize } from '../names.ts'

/** `look`: what a pool has, in JSON; in detail also what only an opened image tells. Python; see script.ts. */
export const look = `def details(name):
    with rbd.Image(ioctx, name, read_only=True) as image:
        snaps = image.list_snaps()
        mirror = [snap for snap in snaps if 'mirror' in snap]
        modified = getattr(image, 'modify_timestamp', None)
        known = last_role_of(image)
        found = {'size': image.size(), 'modified': epoch(modified()) if modified else None, 'parent': parent_of(image),
                 'watchers': watchers_of(image), 'lastRole': known,
                 'snapshots': [describe_snapshot(image, snap) for snap in mirror],
                 'userSnapshots': [snap['name'] for snap in snaps if snap.get('namespace', 0) == 0]}
        return dict(found, cutOff=True) if demotion_cut_off(image, known) else found


def is_canary(name):
    if not name.startswith('${canaryPrefix}'):
        return False
    try:
        with rbd.Image(ioctx, name, read_only=True) as image:
            return image.size() <= ${canarySize}
    except rbd.Error:
        return True


def stamp_of(name):
    try:
        with rbd.Image(ioctx, name, read_only=True) as image:
            return json.loads(image.read(0, 512).split(b'\\0')[0].decode())
    except (rbd.Error, ValueError):
        return None


def features_of(image_id):
    with reading() as operation:
        found, _ = ioctx.get_omap_vals_by_keys(operation, ('features',))
        ioctx.operate_read_op(operation, 'rbd_header.' + image_id)
        return struct.unpack('<Q', dict(found)['features'])[0]


def is_cut_off(entry):
    """As cut_off, without opening the image: there may be ten thousand."""
    try:
        return bool(features_of(entry['id']) & CUT_OFF)
    except (rados.Error, struct.error, KeyError):
        return False


def tell_cut_off(mirrored):
    suspects = [entry for entry in mirrored if entry['primary'] and entry['mode'] == 'snapshot']
    for entry, found in zip(suspects, ThreadPool(8).map(is_cut_off, suspects)):
        if found:
            entry['cutOff'] = True


def pool_mode():
    try:
        return POOL_MODES.get(rbd.RBD().mirror_mode_get(ioctx))
    except rbd.Error:
        return None


def lacks(image_id):
    """The features without which it has no journal; none where it has one, or its header cannot be read."""
    try:
        features = features_of(image_id)
    except (rados.Error, struct.error, KeyError):
        return []
    if features & JOURNALING:
        return []
    return ['journaling'] if features & rbd.RBD_FEATURE_EXCLUSIVE_LOCK else ['exclusive-lock', 'journaling']


def without_journal(others):
    found = zip(others, ThreadPool(8).map(lacks, [image_id for image_id, _ in others]))
    return [{'name': name, 'lacks': missing} for (_, name), missing in found if missing]


def look():
    names = dict((entry['id'], entry['name']) for entry in rbd.RBD().list2(ioctx))
    wanted = set(images)
    mirrored, canaries, seen = [], [], set()
    for image_id, info in rbd.RBD().mirror_image_info_list(ioctx):
        seen.add(image_id)
        name = names.get(image_id)
        if name is None or (wanted and name not in wanted):
            continue
        if is_canary(name):
            canaries.append({'name': name, 'primary': info['primary'], 'stamp': stamp_of(name)})
            continue
        mirrored.append({'name': name, 'id': image_id, 'mode': MODES.get(info['mode'], 'journal'),
                         'globalId': info['global_id'], 'primary': info['primary']})
    tell_cut_off(mirrored)
    if request.get('detail'):
        in_parallel([entry['name'] for entry in mirrored], details, 8)
        found = dict((name, result) for name, result, error, _ in outcomes if error is None)
        mirrored = [dict(entry, **found[entry['name']]) for entry in mirrored if entry['name'] in found]
        bad = [(name, error) for name, _, error, _ in outcomes if error is not None and not isinstance(error, rbd.ImageNotFound)]
        for name, error in bad:
            sys.stderr.write('%s: %s\\n' % (spec(name), error))
        if bad:
            return 1
    others = sorted(((image_id, name) for image_id, name in names.items() if image_id not in seen), key=lambda other: other[1])
    mode = pool_mode()
    json.dump({'now': int(time.time()), 'images': sorted(mirrored, key=lambda entry: entry['name']),
               'others': [name for _, name in others], 'poolMode': mode,
               'withoutJournal': without_journal(others) if mode == 'pool' and request.get('lacking') else [],
               'canaries': canaries, 'sessionsKnown': bool(entities)}, sys.stdout)
    return 0
`
