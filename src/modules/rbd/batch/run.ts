/** The frame: images side by side, a line for each, a deadline for each. Python; see script.ts. */
export const run = `outcomes, lock = [], threading.Lock()


def patiently(work, item):
    """What a cluster or a daemon was too busy to answer is asked again while there is time."""
    end = time.time() + deadline - 2
    while True:
        try:
            return work(item)
        except rbd.Error as error:
            if getattr(error, 'errno', None) not in TRANSIENT or time.time() > end:
                raise
        time.sleep(1)


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
                result = patiently(work, item)
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
    entities = sessions() if op in ('demote', 'prove', 'fence') or request.get('detail') else {}
    if op == 'look':
        code = look()
    else:
        if op in ('keep', 'rescue'):
            refuse_without_room()
        in_parallel(images, globals()[op], request.get('parallel') or 16)
        code = 1 if [error for _, _, error, _ in outcomes if error is not None] else 0
except rados.ObjectNotFound as error:
    sys.stderr.write('%s: %s\\n' % (pool, error))
    code = 2
except (rados.Error, Refused) as error:
    sys.stderr.write('%s\\n' % error)
    code = 1
sys.stdout.flush()
sys.stderr.flush()
os._exit(code)
`
