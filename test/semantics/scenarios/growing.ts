import { play } from '../../../src/core/playbook.ts'
import { task } from '../../../src/core/task.ts'
import { addHost } from '../../../src/modules/add-host.ts'
import { groupBy } from '../../../src/modules/group-by.ts'
import { setFact } from '../../../src/modules/set-fact.ts'
import { type Scenarios, say, yamlSay } from '../scenario.ts'

const word = task(
  'word',
  setFact(({ host }) => ({ word: host.name === 'a' ? 'first' : 'other' })),
)

const add = (name: string) =>
  play({ name: 'add', hosts: 'a', tasks: [task('add', addHost({ name, groups: ['made'] }))] })

export const growingScenarios: Scenarios = {
  'set_fact: a value for each host, in the plays that come, too': {
    yaml: `
- hosts: a:b
  gather_facts: false
  tasks:
    - set_fact: {word: "{{ 'first' if inventory_hostname == 'a' else 'other' }}"}
- hosts: b:a
  gather_facts: false
  tasks:
    - raw: ${yamlSay('one')}
      when: word == 'first'
    - raw: ${yamlSay('two')}
      when: hostvars['a'].word == 'first'`,
    plays: [
      play({ name: '1', hosts: 'a:b', tasks: [word] }),
      play({
        name: '2',
        hosts: 'b:a',
        tasks: [
          say('one', { when: ({ output }) => output(word).word === 'first' }),
          say('two', { when: ({ output }) => output(word, 'a').word === 'first' }),
        ],
      }),
    ],
    both: { effects: 'one a, two b, two a', ending: 'ok' },
  },

  'group_by: later plays name the groups, also below parents': {
    yaml: `
- hosts: web
  gather_facts: false
  serial: 3
  tasks:
    - group_by:
        key: "{{ 'early' if inventory_hostname in ['a', 'b'] else 'late' }}"
        parents: letters
- hosts: early
  gather_facts: false
  tasks:
    - raw: ${yamlSay('one')}
- hosts: web:!early
  gather_facts: false
  tasks:
    - raw: ${yamlSay('two')}
      when: "'letters' in group_names"
- hosts: letters
  gather_facts: false
  order: sorted
  tasks:
    - raw: ${yamlSay('three')}`,
    plays: [
      play({
        name: '1',
        hosts: 'web',
        serial: 3,
        tasks: [
          task(
            'group',
            groupBy({
              groups: ['early', 'late'],
              key: ({ host }) => (['a', 'b'].includes(host.name) ? 'early' : 'late'),
              parents: ['letters'],
            }),
          ),
        ],
      }),
      play({ name: '2', hosts: 'early', tasks: [say('one')] }),
      play({
        name: '3',
        hosts: 'web:!early',
        tasks: [say('two', { when: ({ host }) => host.groups.includes('letters') })],
      }),
      play({ name: '4', hosts: 'letters', order: 'sorted', tasks: [say('three')] }),
    ],
    both: { effects: 'one a, one b, two c, two d, three a, three b, three c, three d', ending: 'ok' },
  },

  'group_by: a group that nobody came into': {
    yaml: `
- hosts: a
  gather_facts: false
  tasks:
    - group_by: {key: made}
      when: false
- hosts: made
  gather_facts: false
  tasks:
    - raw: ${yamlSay('one')}
- hosts: a
  gather_facts: false
  tasks:
    - raw: ${yamlSay('two')}`,
    plays: [
      play({ name: '1', hosts: 'a', tasks: [task('group', groupBy({ key: 'made' }), { when: () => false })] }),
      play({ name: '2', hosts: 'made', tasks: [say('one')] }),
      play({ name: '3', hosts: 'a', tasks: [say('two')] }),
    ],
    both: { effects: 'two a', ending: 'ok' },
  },

  'add_host: a new host, named by its group, its name and all': {
    yaml: `
- hosts: a
  gather_facts: false
  tasks:
    - add_host: {name: new, groups: made, word: hello}
- hosts: made:b
  gather_facts: false
  tasks:
    - raw: ${yamlSay('one')}
- hosts: new
  gather_facts: false
  tasks:
    - raw: ${yamlSay('two')}
      when: word == 'hello'
- hosts: all:!away:!web
  gather_facts: false
  tasks:
    - raw: ${yamlSay('three')}`,
    plays: [
      play({
        name: '1',
        hosts: 'a',
        tasks: [task('add', addHost({ name: 'new', groups: ['made'], vars: { word: 'hello' } }))],
      }),
      play({ name: '2', hosts: 'made:b', tasks: [say('one')] }),
      play({ name: '3', hosts: 'new', tasks: [say('two', { when: ({ host }) => host.vars.word === 'hello' })] }),
      play({ name: '4', hosts: 'all:!away:!web', tasks: [say('three')] }),
    ],
    both: { effects: 'one new, one b, two new, three new', ending: 'ok' },
  },

  'add_host: one that is there comes into a group more': {
    yaml: `
- hosts: a
  gather_facts: false
  tasks:
    - add_host: {name: b, groups: made}
- hosts: made:&web
  gather_facts: false
  tasks:
    - raw: ${yamlSay('one')}`,
    plays: [add('b'), play({ name: '2', hosts: 'made:&web', tasks: [say('one')] })],
    both: { effects: 'one b', ending: 'ok' },
  },

  'add_host: --limit is for it, too': {
    yaml: `
- hosts: a
  gather_facts: false
  tasks:
    - add_host: {name: new, groups: made}
    - add_host: {name: newer, groups: made}
- hosts: made:b
  gather_facts: false
  tasks:
    - raw: ${yamlSay('one')}`,
    args: ['--limit', 'a:newer'],
    plays: [add('new'), add('newer'), play({ name: '2', hosts: 'made:b', tasks: [say('one')] })],
    settings: { limit: 'a:newer' },
    both: { effects: 'one newer', ending: 'ok' },
  },
}
