/**
 * Writes the time into a canary, again and again, while it is primary here. Ends with the first failure, or when a write
 * hangs; its unit starts it anew. Arguments: pool, namespace or an empty one, image, seconds from stamp to stamp.
 */
export const canaryScript = `#!/usr/bin/env python3
import json, signal, sys, time
import rados, rbd

pool, namespace, name, interval = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])


def stamp(ioctx):
    with rbd.Image(ioctx, name) as image:
        if not image.mirror_image_get_info()['primary']:
            return
        text = json.dumps({'time': round(time.time(), 1), 'interval': interval})
        image.write(text.encode().ljust(512, b'\\0'), 0)
        image.flush()


cluster = rados.Rados(conffile='', rados_id='admin')
cluster.connect(timeout=20)
ioctx = cluster.open_ioctx(pool)
if namespace:
    ioctx.set_namespace(namespace)
while True:
    # Without a handler, the signal ends the process, whatever it hangs in.
    signal.alarm(60)
    stamp(ioctx)
    signal.alarm(0)
    time.sleep(interval)
`
