import type { Cases } from './case.ts'

const chain = `
all:
  vars: {v: all-inline}
  children:
    parent:
      vars: {v: parent-inline}
      children:
        child: {vars: {v: child-inline}, hosts: {h: {v: host-inline}, i: , j: }}
`

export const precedenceCases: Cases = {
  'variables files beside the inventory': {
    files: {
      'inventory.yml': chain,
      'group_vars/all.yml': 'v: all-file\nonly_all: 1',
      'group_vars/parent.yml': 'v: parent-file\nonly_parent: 1',
      'group_vars/child.yml': 'v: child-file\nonly_child: 1',
      'host_vars/h.yml': 'v: host-file\nonly_host: 1',
      'host_vars/i.yaml': 'v: i-file',
    },
  },
  'a file of all against an inline group': {
    files: { 'inventory.yml': chain, 'group_vars/all.yml': 'v: all-file' },
  },
  'a file of a parent against an inline child': {
    files: { 'inventory.yml': chain, 'group_vars/parent.yml': 'v: parent-file' },
  },
  'beside the playbook': {
    files: {
      'site/inventory.yml': chain,
      'site/group_vars/all.yml': 'v: all-inv\na: inv\nb: inv',
      'site/group_vars/child.yml': 'c: child-inv\nd: child-inv',
      'site/host_vars/h.yml': 'e: h-inv\nf: h-inv',
      'play/group_vars/all.yml': 'v: all-play\nb: play\nc: all-play',
      'play/group_vars/child.yml': 'd: child-play',
      'play/group_vars/parent.yml': 'c: parent-play',
      'play/host_vars/h.yml': 'f: h-play',
    },
    sources: ['site/inventory.yml'],
    playbookFolder: 'play',
  },
  'every ending, and which one comes first': {
    files: {
      'inventory.yml': 'g1: {hosts: {h: }}\ng2: {hosts: {h: }}\ng3: {hosts: {h: }}\ng4: {hosts: {h: }}\n',
      'group_vars/g1': 'from1: none',
      'group_vars/g1.yml': 'from1: yml\nlost1: 1',
      'group_vars/g2.yml': 'from2: yml',
      'group_vars/g2.yaml': 'from2: yaml\nlost2: 1',
      'group_vars/g3.json': '{"from3": "json", "n": 1e2}',
      'group_vars/g4.yaml': 'from4: yaml',
      'group_vars/g4.json': '{"lost4": 1}',
    },
  },
  'a folder for a group': {
    files: {
      'inventory.yml': 'web: {hosts: {h: }}',
      'group_vars/web/10-base.yml': 'a: base\nb: base',
      'group_vars/web/20-more.yaml': 'b: more\nc: more',
      'group_vars/web/plain': 'c: plain',
      'group_vars/web/notes.txt': 'd: never',
      'group_vars/web/.hidden.yml': 'd: never',
      'group_vars/web/backup.yml~': 'd: never',
      'group_vars/web/sub/deep.yml': 'e: deep\na: deep',
      'group_vars/web/sub.d/deeper.yml': 'f: never',
      'group_vars/web.yml': 'g: never',
    },
  },
  'a folder for a host': {
    files: {
      'inventory.yml': 'web: {hosts: {h.example.com: {x: inline}}}',
      'host_vars/h.example.com/a.yml': 'x: a\ny: a',
      'host_vars/h.example.com/b.yml': 'y: b',
    },
  },
  'hosts with dots and a file': {
    files: {
      hosts: '[web]\nh.example.com\n10.0.0.1\n',
      'host_vars/h.example.com': 'x: 1',
      'host_vars/10.0.0.1.yml': 'x: 2',
    },
  },
  'an empty variables file': {
    files: {
      'inventory.yml': 'web: {hosts: {h: }}',
      'group_vars/web.yml': '# nothing\n',
      'group_vars/all.yml': '---\n',
      'host_vars/h.yml': '',
    },
  },
  'ungrouped has a file': {
    files: { 'inventory.yml': 'all: {hosts: {u: }}\nweb: {hosts: {h: }}', 'group_vars/ungrouped.yml': 'x: 1' },
  },
  'priority does not work in a file': {
    files: {
      'inventory.yml': 'alpha: {hosts: {h: }, vars: {w: alpha}}\nbeta: {hosts: {h: }, vars: {w: beta}}',
      'group_vars/alpha.yml': 'ansible_group_priority: 10\nw: alpha-file',
      'group_vars/beta.yml': 'w: beta-file',
    },
  },
  'priority orders the files': {
    files: {
      'inventory.yml': 'alpha: {hosts: {h: }, vars: {ansible_group_priority: 10}}\nbeta: {hosts: {h: }}',
      'group_vars/alpha.yml': 'w: alpha-file',
      'group_vars/beta.yml': 'w: beta-file',
    },
  },
  'siblings, cousins and a longer way': {
    files: {
      hosts: `[a]
h
[b]
h
[deep:children]
b
[deeper:children]
deep
[a:vars]
v=a
w=a
[b:vars]
v=b
[deep:vars]
v=deep
w=deep
[deeper:vars]
v=deeper
w=deeper
x=deeper
`,
    },
  },
}
