/** A pitfall as a person makes it on the lab, with the kinds that the preflight must name, and how it is undone. */
export interface Provoked {
  readonly kinds: readonly string[]
  /** Lab host and shell script; `$POOL`, `$PEER` (uuid of the site's peer), `$EAST`, `$WEST`, `$MIRROR` (addresses) are set. */
  readonly break: readonly (readonly [host: string, script: string])[]
  readonly mend: readonly (readonly [host: string, script: string])[]
}

const east = 'east-storage-1'
const west = 'west-storage-1'
const mirror = 'west-mirror-1'
const unit = 'ceph-rbd-mirror@rbd-mirror.west'
const keyring = '/etc/ceph/ceph.client.rbd-mirror.west.keyring'
const setPeer = (key: string, value: string) => `rbd mirror pool peer set $POOL $PEER ${key} ${value}`

/** Of a pool in image mode that two sites mirror to each other, with an image `journal-1` that is primary at east. */
export const provoked: Readonly<Record<string, Provoked>> = {
  'caps of the daemon too narrow': {
    kinds: ['caps'],
    break: [[west, "ceph auth caps client.rbd-mirror.west mon 'profile rbd' osd 'profile rbd'"]],
    mend: [[west, "ceph auth caps client.rbd-mirror.west mon 'profile rbd-mirror' osd 'profile rbd'"]],
  },
  'an old key of the peer': {
    kinds: ['peer-key'],
    break: [
      [west, `rbd mirror pool info $POOL --all --format json > /root/peer.json`],
      [west, `ceph-authtool --gen-print-key > /root/other.key && ${setPeer('key-file', '/root/other.key')}`],
    ],
    mend: [
      [
        west,
        `sed 's/.*"key":"\\([^"]*\\)".*/\\1/' /root/peer.json > /root/own.key && ${setPeer('key-file', '/root/own.key')}; rm /root/*.key /root/peer.json`,
      ],
    ],
  },
  'a user that the other site does not know': {
    kinds: ['peer-key'],
    break: [[west, setPeer('client', 'client.bogus')]],
    mend: [[west, setPeer('client', 'client.rbd-mirror-peer')]],
  },
  'a token of another site': {
    kinds: ['wrong-token'],
    break: [[west, setPeer('mon-host', '10.255.255.1')]],
    mend: [[west, setPeer('mon-host', "'[v2:'$EAST':3300/0,v1:'$EAST':6789/0]'")]],
  },
  'a peer that is the cluster itself': {
    kinds: ['own-cluster'],
    break: [[west, setPeer('mon-host', '$WEST')]],
    mend: [[west, setPeer('mon-host', "'[v2:'$EAST':3300/0,v1:'$EAST':6789/0]'")]],
  },
  'one name for both sites': {
    kinds: ['same-name'],
    break: [[west, 'rbd mirror pool enable --site-name east $POOL image']],
    // A daemon may have told it to the other site in the meantime, which keeps it.
    mend: [
      [west, 'rbd mirror pool enable --site-name west $POOL image'],
      [east, setPeer('site-name', 'west')],
    ],
  },
  'one way where both were meant': {
    kinds: ['one-way'],
    break: [[west, setPeer('direction', 'tx-only')]],
    mend: [[west, setPeer('direction', 'rx-tx')]],
  },
  'the other site not reached from a mirror host': {
    kinds: ['unreachable', 'osd-unreachable'],
    break: [[mirror, 'ip route add blackhole $EAST/32']],
    mend: [[mirror, 'ip route del blackhole $EAST/32']],
  },
  'a daemon that does not run': {
    kinds: ['daemon-down'],
    break: [[mirror, `systemctl stop ${unit}`]],
    mend: [[mirror, `systemctl reset-failed ${unit} || true; systemctl start ${unit}`]],
  },
  'a keyring that the daemon cannot read': {
    kinds: ['keyring'],
    break: [[mirror, `chown root ${keyring}`]],
    mend: [[mirror, `chown ceph ${keyring}`]],
  },
  'the configuration of another cluster': {
    kinds: ['wrong-conf'],
    break: [[mirror, `sed -i.kept 's/^fsid = ./fsid = 0/; s/^fsid = 00/fsid = 01/' /etc/ceph/ceph.conf`]],
    mend: [[mirror, 'mv /etc/ceph/ceph.conf.kept /etc/ceph/ceph.conf']],
  },
  'OSDs that are nearly full': {
    kinds: ['full'],
    break: [[west, 'ceph osd set-nearfull-ratio 0.01']],
    mend: [[west, 'ceph osd set-nearfull-ratio 0.85']],
  },
  'a mirror host on the blocklist': {
    kinds: ['blocklist'],
    break: [[east, 'ceph osd blocklist add $MIRROR:0/0 600']],
    mend: [
      [east, 'ceph osd blocklist rm $MIRROR:0/0'],
      [mirror, `systemctl reset-failed ${unit} || true; systemctl restart ${unit}`],
    ],
  },
  'a namespace that is mirrored at one site only': {
    kinds: ['namespace-off'],
    break: [
      [east, 'rbd namespace create $POOL/guests && rbd mirror pool enable $POOL/guests image'],
      [west, 'rbd namespace create $POOL/guests'],
    ],
    mend: [
      [east, 'rbd mirror pool disable $POOL/guests && rbd namespace remove $POOL/guests'],
      [west, 'rbd namespace remove $POOL/guests'],
    ],
  },
  'two primaries': {
    kinds: ['two-primaries'],
    break: [
      [east, 'rbd create --size 1M $POOL/twice && rbd mirror image enable $POOL/twice journal'],
      // Before that its daemon, which is still setting it up, would make it a copy again.
      [
        west,
        'for i in $(seq 120); do rbd mirror image status $POOL/twice | grep -q up+replaying && break; sleep 1; done',
      ],
      [west, 'rbd mirror image promote --force $POOL/twice'],
    ],
    // The one may go with the other, as soon as a daemon has found out.
    mend: [east, west].map((site) => [
      site,
      'rbd mirror image disable --force $POOL/twice || true; rbd rm --no-progress $POOL/twice || ! rbd info $POOL/twice',
    ]),
  },
  'a clone whose parent is in a pool without a peer': {
    kinds: ['parent-pool', 'missing'],
    break: [
      [
        east,
        `ceph osd pool create templates 8 && rbd pool init templates && rbd mirror pool enable templates image
         rbd create --size 1M templates/base && rbd snap create --no-progress templates/base@golden
         rbd mirror image enable templates/base journal
         rbd clone --rbd-default-clone-format 2 templates/base@golden $POOL/guest && rbd mirror image enable $POOL/guest journal`,
      ],
    ],
    mend: [
      [
        east,
        `rbd mirror image disable $POOL/guest; rbd rm --no-progress $POOL/guest
         rbd mirror image disable templates/base; rbd snap rm --no-progress templates/base@golden; rbd rm --no-progress templates/base
         rbd mirror pool disable templates; ceph config set mon mon_allow_pool_delete true
         ceph osd pool rm templates templates --yes-i-really-really-mean-it`,
      ],
    ],
  },
}

/** Runs in front of each script. */
export function prelude(pool: string, addresses: Readonly<Record<string, string>>): string {
  return `set -e
POOL=${pool} EAST=${addresses[east]} WEST=${addresses[west]} MIRROR=${addresses[mirror]}
PEER=$(rbd mirror pool info $POOL --format json 2>/dev/null | sed 's/.*"peers":\\[{"uuid":"\\([^"]*\\)".*/\\1/') || true
`
}
