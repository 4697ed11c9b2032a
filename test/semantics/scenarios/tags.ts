import { block } from '../../../src/core/block.ts'
import { play } from '../../../src/core/playbook.ts'
import { type Scenario, type Scenarios, say, sayHandler, yamlSay } from '../scenario.ts'

const yaml = `
- hosts: a
  gather_facts: false
  tasks:
    - raw: ${yamlSay('plain')}
    - raw: ${yamlSay('red')}
      tags: red
      notify: handler
    - raw: ${yamlSay('always')}
      tags: always
    - raw: ${yamlSay('always-red')}
      tags: [always, red]
    - raw: ${yamlSay('never')}
      tags: never
    - raw: ${yamlSay('rare')}
      tags: [never, rare]
    - block:
        - raw: ${yamlSay('blue')}
        - raw: ${yamlSay('blue-red')}
          tags: red
      tags: blue
  handlers:
    - name: handler
      raw: ${yamlSay('handler')}
- hosts: a
  gather_facts: false
  tags: blue
  tasks:
    - raw: ${yamlSay('play')}`

const plays = [
  play({
    name: '1',
    hosts: 'a',
    tasks: [
      say('plain'),
      say('red', { tags: ['red'], notify: sayHandler('handler') }),
      say('always', { tags: ['always'] }),
      say('always-red', { tags: ['always', 'red'] }),
      say('never', { tags: ['never'] }),
      say('rare', { tags: ['never', 'rare'] }),
      block({ tags: ['blue'], tasks: [say('blue'), say('blue-red', { tags: ['red'] })] }),
    ],
  }),
  play({ name: '2', hosts: 'a', tags: ['blue'], tasks: [say('play')] }),
]

/** The same plays with another selection; effects are all on host a. */
function selection(tags: readonly string[], skipTags: readonly string[], words: string): [string, Scenario] {
  const options = [
    ...(tags.length > 0 ? ['--tags', tags.join(',')] : []),
    ...(skipTags.length > 0 ? ['--skip-tags', skipTags.join(',')] : []),
  ]
  const effects = words
    .split(' ')
    .map((word) => `${word} a`)
    .join(', ')
  return [
    `tags: ${options.join(' ') || 'no option'}`,
    { yaml, args: options, plays, settings: { tags, skipTags }, both: { effects, ending: 'ok' } },
  ]
}

export const tagScenarios: Scenarios = Object.fromEntries([
  selection([], [], 'plain red always always-red blue blue-red handler play'),
  selection(['red'], [], 'red always always-red blue-red handler'),
  selection(['blue'], ['red'], 'always blue play'),
  selection(['rare'], [], 'always always-red rare'),
  selection(['never'], [], 'always always-red never rare'),
  selection(['all', 'never'], [], 'plain red always always-red never rare blue blue-red handler play'),
  selection(['tagged'], [], 'red always always-red blue blue-red handler play'),
  selection(['untagged'], [], 'plain always always-red'),
  selection([], ['tagged'], 'plain'),
  selection([], ['untagged'], 'red always always-red blue blue-red handler play'),
  selection([], ['all'], 'always always-red'),
  selection([], ['always'], 'plain red blue blue-red handler play'),
])
