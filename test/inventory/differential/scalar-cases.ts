import { type Cases, yaml } from './case.ts'

/** Each text as a plain scalar, and where it cannot be misread also in quotes. */
function scalars(texts: readonly string[]): string {
  const lines = texts.flatMap((text, index) => [`    p${index}: ${text}`, `    q${index}: "${text}"`])
  return ['all:', '  hosts: {h: }', '  vars:', ...lines].join('\n')
}

export const scalarCases: Cases = {
  'truth values of YAML 1.1': yaml(
    scalars([
      'yes',
      'Yes',
      'YES',
      'yEs',
      'no',
      'No',
      'NO',
      'on',
      'On',
      'ON',
      'off',
      'Off',
      'OFF',
      'true',
      'True',
      'TRUE',
      'tRUE',
      'false',
      'y',
      'Y',
      'n',
      'N',
    ]),
  ),
  nulls: yaml(scalars(['~', 'null', 'Null', 'NULL', 'nULL', 'None', 'nil', ''])),
  integers: yaml(
    scalars([
      '0',
      '1',
      '-1',
      '+1',
      '0777',
      '0o777',
      '08',
      '0x1F',
      '0xfg',
      '0b101',
      '-0b11',
      '-0x1f',
      '-017',
      '1_000',
      '1__0',
      '_1',
      '1_',
      '0_7',
      '9007199254740991',
      '-0',
      '00',
      '007',
      '1,000',
    ]),
  ),
  floats: yaml(
    scalars([
      '1.5',
      '-1.5',
      '+1.5',
      '.5',
      '-.5',
      '1.',
      '1e3',
      '1.0e3',
      '1.0e+3',
      '1.5E-2',
      '1e+3',
      '1.e+3',
      '.5e+1',
      '1_0.5',
      '1.5_0',
      '1.2.3',
      '10.0.0.1',
      '0.10',
      '1.10',
      '1._5',
    ]),
  ),
  'base 60': yaml(
    scalars([
      '1:30',
      '190:20:30',
      '1:60',
      '22:22',
      '-1:30',
      '1:30.5',
      '190:20:30.15',
      '01:30',
      '0:30',
      '1:3',
      '1:2:3:4',
    ]),
  ),
  dates: yaml(
    scalars([
      '2024-01-02',
      '2024-1-2',
      '2024-01-02 03:04:05',
      '2024-01-02T03:04:05Z',
      '2024-01-02t03:04:05.5Z',
      '2024-01-02 03:04:05.123456789',
      '2024-1-2 3:04:05',
      '2024-01-02 03:04:05 +01:00',
      '2024-01-02T03:04:05-05',
      '2024-01-02T03:04',
      '20240102',
      '2024-01',
    ]),
  ),
  'texts that look like something': yaml(
    scalars([
      '1.2.3',
      '0x',
      '0b',
      '+',
      '.',
      'e3',
      '12e03',
      '1e',
      '--1',
      '1-1',
      '0777_',
      'infinity',
      'NaN',
      '1 000',
      '12:34:56:78',
      '5%',
      '3GB',
      '00:1a:2b',
      'a:b',
      '=x',
      '<<x',
    ]),
  ),
  'tags of YAML': yaml(`
all:
  hosts: {h: }
  vars:
    text: !!str 12
    also_text: !!str yes
    number: !!int "12"
    fraction: !!float "1.5"
    truth: !!bool "yes"
    nothing: !!null ""
    list: !!seq [1]
    map: !!map {a: 1}
    forced: ! 12
`),
}
