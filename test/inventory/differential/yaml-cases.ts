import { type Cases, yaml } from './case.ts'

export const yamlCases: Cases = {
  'one group': yaml(`
web:
  hosts:
    a:
    b:
`),
  'all with hosts, vars and children': yaml(`
all:
  hosts:
    lonely:
  vars:
    domain: example.com
  children:
    web:
      hosts:
        a: {ansible_host: 10.0.0.1, ansible_port: 2222, ansible_user: admin}
    db:
      hosts:
        b:
`),
  'children three deep': yaml(`
all:
  children:
    site:
      vars: {level: site, of_site: 1}
      children:
        rack:
          vars: {level: rack, of_rack: 2}
          children:
            shelf:
              vars: {level: shelf, of_shelf: 3}
              hosts: {disk1: }
`),
  'a host in several groups, host variables from each': yaml(`
mons: {hosts: {a: {one: 1}}}
osds: {hosts: {a: {two: 2, one: 11}, b: }}
`),
  'a group declared twice': yaml(`
web: {hosts: {a: }, vars: {x: 1, y: 1}}
all:
  children:
    web: {hosts: {b: }, vars: {y: 2}}
`),
  'a group with two parents': yaml(`
east: {children: {mirrors: {hosts: {m1: }}}, vars: {site: east, only_east: 1}}
west: {children: {mirrors: }, vars: {site: west, only_west: 1}}
`),
  'groups of the same depth in order of their names': yaml(`
zeta: {hosts: {a: }, vars: {who: zeta}}
alpha: {hosts: {a: }, vars: {who: alpha}}
Beta: {hosts: {a: }, vars: {who: Beta}}
`),
  'a deeper group wins over a later name': yaml(`
z_outer: {hosts: {a: }, vars: {who: outer}}
parent: {children: {a_inner: {hosts: {a: }, vars: {who: inner}}}}
`),
  'group priority': yaml(`
alpha: {hosts: {a: }, vars: {who: alpha, ansible_group_priority: 10}}
beta: {hosts: {a: }, vars: {who: beta}}
`),
  'group priority as text, and it does not beat depth': yaml(`
outer: {hosts: {a: }, vars: {who: outer, ansible_group_priority: "99"}}
parent: {children: {inner: {hosts: {a: }, vars: {who: inner}}}}
`),
  'ungrouped by hand and by nature': yaml(`
ungrouped: {hosts: {u1: , grouped: }}
all: {hosts: {u2: , grouped2: }}
web: {hosts: {grouped: , grouped2: }}
`),
  'variables of ungrouped': yaml(`
ungrouped: {hosts: {u1: }, vars: {lost: true}}
web: {hosts: {a: }}
`),
  'an empty group and an empty section': yaml(`
empty:
nothing: {hosts: , vars: , children: }
web: {hosts: {a: }}
`),
  'ranges of numbers': yaml(`
web:
  hosts:
    w[1:3]:
    x[01:10:3]:
    y[08:11]: {padded: yes}
    z[0:6:2].example.com:
    n[:2]:
`),
  'ranges of letters': yaml(`
web:
  hosts:
    db-[a:d]:
    up-[A:C]:
    mixed-[y:B]:
    step-[a:g:3]:
`),
  'two ranges in a name': yaml(`
web:
  hosts:
    r[1:2]-n[a:b].dc:
`),
  'a range that is one host': yaml(`
web:
  hosts:
    w[5:5]:
    v[7:3]:
`),
  'ports behind names': yaml(`
web:
  hosts:
    a:2201:
    b.example.com:22:
    "10.0.0.1:2222": {ansible_user: x}
    "[2001:db8::1]:2022":
    "2001:db8::2":
    w[1:2]:2300: {ansible_port: 99}
`),
  'odd names': yaml(`
"web-servers":
  hosts:
    under_score:
    UPPER:
    "with space": {x: 1}
    "trailing-": {x: 2}
    "trailing-:22": {x: 3}
    "user@host":
    ünïcode.example: {y: ü}
`),
  'one word in place of a mapping': yaml(`
web: {hosts: a}
db: {children: web}
`),
  'merge keys': yaml(`
all:
  vars:
    base: &base {a: 1, b: 2}
    more: &more {c: 3, b: 20}
    one: {<<: *base, b: 3}
    two: {<<: [*base, *more], z: 26}
    three: {x: 1, <<: *more, c: 4}
  hosts: {h: }
`),
  anchors: yaml(`
web: {hosts: {a: &vars {x: [1, 2], y: {z: t}}, b: *vars}, vars: &list {p: &p [q], r: *p}}
db: {hosts: {c: }, vars: *list}
`),
  'block texts': yaml(`
all:
  hosts: {h: }
  vars:
    literal: |
      one
        two

      three
    folded: >
      one
      two

      three
    stripped: |-
      text
    kept: |+
      text

    indented: |2
        deep
    quoted: "tab\\there \\u00e9 \\x41
      folded"
    single: 'it''s'
    plain over lines: one
      two
`),
  'keys that are not texts': yaml(`
all:
  hosts: {h: }
  vars:
    map: {1: one, 2.5: half, "3": three}
    words: {yes: on, ~: nothing}
`),
  'nested data': yaml(`
all:
  hosts: {h: }
  vars:
    pools:
      - {name: rbd, size: 3, snapshots: no}
      - name: images
        size: 2
        tags: []
        more: {}
    matrix: [[1, 2], [3, [4, {five: 5}]]]
`),
  'an unsafe text': yaml(`
all:
  hosts: {h: }
  vars:
    plain: "{{ other }} and {% raw %}"
    other: x
`),
  'text in JSON': {
    files: {
      'hosts.json': '{"web": {"hosts": {"a": {"x": 1e3, "y": 0.5, "z": "yes", "n": null, "u": "\\ud83d\\ude00"}}}}',
    },
  },
  'JSON in a file called yml': yaml('{"web": {"hosts": {"a": {"float": 1e2, "t": true}}}}'),
  'YAML in a file without an ending': { files: { hosts: 'web:\n  hosts:\n    a:\n      x: yes\n' } },
  'a document with a start and an end': yaml('%YAML 1.1\n---\nweb: {hosts: {a: {x: 1}}}\n...\n'),
  comments: yaml(`# first
web: # group
  hosts: # hosts
    a: # host
      x: a#b # value
      y: "#"
`),
  'connection variables': yaml(`
all:
  vars: {ansible_user: root, ansible_become: yes, ansible_ssh_common_args: "-o ProxyJump=jump"}
  hosts:
    alias: {ansible_host: host.example.com, ansible_port: 22, ansible_connection: ssh}
    localhost: {ansible_connection: local}
`),
  'names that Ansible keeps for itself': yaml(`
all:
  hosts: {h: {inventory_hostname: other, group_names: [x], groups: y, kept: 1, ansible_facts: {a: 1}}}
`),
  'a mapping set twice is replaced': yaml(`
outer: {vars: {m: {a: 1, b: 1}}, children: {inner: {vars: {m: {b: 2}}, hosts: {h: }}}}
`),
  'a variable called hosts': yaml(`
web: {hosts: {a: {hosts: x, children: y}}, vars: {vars: z}}
`),
  'quoted texts that go on without indentation': yaml(
    `all:
  hosts: {h: }
  vars:
    first: "{{
x
}}"
    tab: '{{ a
	  + b }}'
    escaped: 'it''s
here, with "quotes" and: colons

and an empty line'
    backslash: "a \\
b \\" c
# no comment
 - no list"
    list:
      - "one
two"
      - after
    last: 'x'
`,
  ),
}
