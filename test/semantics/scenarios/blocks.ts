import { block } from '../../../src/core/block.ts'
import { play } from '../../../src/core/playbook.ts'
import { fail, on, type Scenarios, say, yamlFail, yamlSay } from '../scenario.ts'

const two = { name: 'p', hosts: 'a:b' }

export const blockScenarios: Scenarios = {
  'block: rescue and always run in step with the hosts that did not fail': {
    yaml: `
- hosts: a:b
  gather_facts: false
  tasks:
    - block:
        - raw: ${yamlFail('one', 'a')}
        - raw: ${yamlSay('two')}
      rescue:
        - raw: ${yamlSay('rescue')}
      always:
        - raw: ${yamlSay('always')}
    - raw: ${yamlSay('after')}`,
    plays: [
      play({
        ...two,
        tasks: [
          block({ tasks: [fail('one', 'a'), say('two')], rescue: [say('rescue')], always: [say('always')] }),
          say('after'),
        ],
      }),
    ],
    both: {
      effects: 'one a, one b, two b, rescue a, always a, always b, after a, after b',
      ending: 'ok',
    },
  },

  'block: a failure in rescue still runs always, and loses the host': {
    yaml: `
- hosts: a:b
  gather_facts: false
  tasks:
    - block:
        - raw: ${yamlFail('one', 'a')}
      rescue:
        - raw: ${yamlFail('rescue')}
        - raw: ${yamlSay('not')}
      always:
        - raw: ${yamlSay('always')}
    - raw: ${yamlSay('after')}`,
    plays: [
      play({
        ...two,
        tasks: [
          block({ tasks: [fail('one', 'a')], rescue: [fail('rescue'), say('not')], always: [say('always')] }),
          say('after'),
        ],
      }),
    ],
    both: { effects: 'one a, one b, rescue a, always a, always b, after b', ending: 'failed' },
  },

  'block: a failure in always loses the host': {
    yaml: `
- hosts: a:b
  gather_facts: false
  tasks:
    - block:
        - raw: ${yamlSay('one')}
      always:
        - raw: ${yamlFail('always', 'a')}
        - raw: ${yamlSay('more')}
    - raw: ${yamlSay('after')}`,
    plays: [
      play({
        ...two,
        tasks: [block({ tasks: [say('one')], always: [fail('always', 'a'), say('more')] }), say('after')],
      }),
    ],
    both: { effects: 'one a, one b, always a, always b, more b, after b', ending: 'failed' },
  },

  'block: nested ones pass on what they do not rescue': {
    yaml: `
- hosts: a:b
  gather_facts: false
  tasks:
    - block:
        - block:
            - raw: ${yamlFail('inner', 'a')}
          always:
            - raw: ${yamlSay('inner-always')}
        - raw: ${yamlSay('outer')}
      rescue:
        - block:
            - raw: ${yamlFail('rescue', 'a')}
          rescue:
            - raw: ${yamlSay('rescue-rescue')}
      always:
        - raw: ${yamlSay('outer-always')}
    - raw: ${yamlSay('after')}`,
    plays: [
      play({
        ...two,
        tasks: [
          block({
            tasks: [block({ tasks: [fail('inner', 'a')], always: [say('inner-always')] }), say('outer')],
            rescue: [block({ tasks: [fail('rescue', 'a')], rescue: [say('rescue-rescue')] })],
            always: [say('outer-always')],
          }),
          say('after'),
        ],
      }),
    ],
    both: {
      effects:
        'inner a, inner b, inner-always a, inner-always b, outer b, rescue a, rescue-rescue a, ' +
        'outer-always a, outer-always b, after a, after b',
      ending: 'ok',
    },
  },

  'block: its condition, and that of a task inside': {
    yaml: `
- hosts: a:b
  gather_facts: false
  tasks:
    - block:
        - raw: ${yamlSay('one')}
        - raw: ${yamlSay('two')}
          when: inventory_hostname == 'b'
      always:
        - raw: ${yamlSay('always')}
      when: inventory_hostname != 'a'
    - raw: ${yamlSay('only')}
      when: inventory_hostname == 'a'`,
    plays: [
      play({
        ...two,
        tasks: [
          block({
            when: ({ host }) => host.name !== 'a',
            tasks: [say('one'), say('two', { when: on('b') })],
            always: [say('always')],
          }),
          say('only', { when: on('a') }),
        ],
      }),
    ],
    both: { effects: 'one b, two b, always b, only a', ending: 'ok' },
  },

  'block: an unreachable host is rescued': {
    yaml: `
- hosts: a:gone
  gather_facts: false
  tasks:
    - block:
        - raw: ${yamlSay('one')}
      rescue:
        - raw: ${yamlSay('rescue')}
          delegate_to: a
      always:
        - raw: ${yamlSay('always')}
          delegate_to: a
    - raw: ${yamlSay('after')}
      delegate_to: a`,
    plays: [
      play({
        name: 'p',
        hosts: 'a:gone',
        tasks: [
          block({
            tasks: [say('one')],
            rescue: [say('rescue', { delegateTo: 'a' })],
            always: [say('always', { delegateTo: 'a' })],
          }),
          say('after', { delegateTo: 'a' }),
        ],
      }),
    ],
    differs: {
      ansible: { effects: 'one a, always a, after a', ending: 'unreachable' },
      ours: { effects: 'one a, rescue gone, always a, always gone, after a, after gone', ending: 'ok' },
      why: 'rescue is for hosts that are away too; Ansible passes over rescue and always',
    },
  },
}
