import type { Cases } from './case.ts'

const script = (lines: string): string => `#!/bin/sh\n${lines}\n`

export const sourceCases: Cases = {
  'two files': {
    files: {
      'one.yml': 'web: {hosts: {a: {x: 1, y: 1}}, vars: {g: 1}}',
      'two.yml': 'web: {hosts: {a: {y: 2}, b: }, vars: {g: 2}}\ndb: {hosts: {a: }}',
    },
    sources: ['one.yml', 'two.yml'],
  },
  'two files the other way round': {
    files: {
      'one.yml': 'web: {hosts: {a: {x: 1, y: 1}}, vars: {g: 1}}',
      'two.yml': 'web: {hosts: {a: {y: 2}, b: }, vars: {g: 2}}\ndb: {hosts: {a: }}',
    },
    sources: ['two.yml', 'one.yml'],
  },
  'two folders with variables files': {
    files: {
      'one/hosts.yml': 'parent: {children: {child: {hosts: {h: }}}}',
      'one/group_vars/child.yml': 'v: one-child\nw: one-child',
      'one/group_vars/all.yml': 'u: one-all',
      'two/hosts.yml': 'child: {hosts: {i: }}',
      'two/group_vars/parent.yml': 'v: two-parent',
      'two/group_vars/all.yml': 'u: two-all',
    },
    sources: ['one/hosts.yml', 'two/hosts.yml'],
  },
  'a folder': {
    files: {
      'inv/20-more.yml': 'web: {hosts: {b: }, vars: {x: more}}',
      'inv/10-base': '[web]\na\n[web:vars]\nx=base\ny=base\n',
      'inv/group_vars/web.yml': 'z: file',
      'inv/host_vars/a.yml': 'h: 1',
      'inv/ignored.ini': '[never]\nnever\n',
      'inv/ignored.cfg': 'never',
      'inv/README.md': '# never',
      'inv/notes.txt': 'never',
      'inv/.hidden': 'never',
      'inv/old.yml.bak': 'never',
      'inv/old.yml~': 'never',
      'inv/sub/30-deep.yml': 'deep: {hosts: {d: }}',
      'inv/sub/group_vars/deep.yml': 'lost: 1',
    },
    sources: ['inv'],
  },
  'groups that a later file gives children': {
    files: { 'inv/01-hosts': '[a]\nx\n[b]\ny\n', 'inv/02-tree': '[both:children]\na\nb\n[both:vars]\nv=1\n' },
    sources: ['inv'],
  },
  'a list of hosts': { files: { 'group_vars/all.yml': 'lost: 1' }, sources: ['a,b.example.com,10.0.0.1:2222,'] },
  'a list and a file': {
    files: { hosts: '[web]\na x=1\n' },
    sources: ['b,a,', 'hosts'],
  },
  'INI in a file that is named as if it were YAML': {
    files: { 'inventory.yml': '# three roles, one machine\n[mons]\nlocalhost x=1\n[mons:vars]\ny=2\n' },
  },
  'a script with _meta': {
    files: {
      'inv.sh': script(
        `echo '{"web": {"hosts": ["a", "b"], "vars": {"x": 1}, "children": ["sub"]}, "sub": ["c"], "_meta": {"hostvars": {"a": {"y": [1, 2.5, null, true]}, "ghost": {"z": 1}}}}'`,
      ),
    },
  },
  'a script without _meta': {
    files: {
      'inv.sh': script(
        `if [ "$1" = --list ]; then echo '{"web": ["a", "b"], "plain": {"x": 1}}'; else echo "{\\"name\\": \\"$2\\"}"; fi`,
      ),
    },
  },
  'a script beside variables files': {
    files: {
      'inv.sh': script(
        `echo '{"web": {"hosts": ["a"]}, "all": {"vars": {"v": "script"}}, "_meta": {"hostvars": {"a": {"h": "script"}}}}'`,
      ),
      'group_vars/web.yml': 'v: file',
      'host_vars/a.yml': 'h: file',
    },
  },
  'a script with templates and unsafe texts': {
    files: {
      'inv.sh': script(
        `echo '{"web": {"hosts": ["a"], "vars": {"t": "{{ x }}", "x": "0777", "n": {"deep": ["yes"]}}}, "_meta": {"hostvars": {}}}'`,
      ),
    },
  },
  'a script with priority': {
    files: {
      'inv.sh': script(
        `echo '{"alpha": {"hosts": ["a"], "vars": {"w": "alpha", "ansible_group_priority": 5}}, "beta": {"hosts": ["a"], "vars": {"w": "beta"}}, "_meta": {"hostvars": {}}}'`,
      ),
    },
  },
  'an empty script': { files: { 'inv.sh': script(`echo '{}'`) } },
}
