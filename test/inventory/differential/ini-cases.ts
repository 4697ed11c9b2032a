import { type Cases, ini } from './case.ts'

export const iniCases: Cases = {
  'hosts before any section': ini('a\nb x=1\n[web]\nc\n'),
  'groups, children and vars': ini(`
[mons]
mon-[1:3] ansible_user=root

[osds]
osd-[01:04:2] devices="['/dev/sdb', '/dev/sdc']"

[ceph:children]
mons
osds

[ceph:vars]
cluster=ceph
fsid = 3c2a9f6e-0000-4000-8000-000000000001
`),
  'children before their groups': ini('[all:children]\neast\n[east:children]\nb\na\n[a]\nx\n[b]\ny\n'),
  'vars before their group': ini('[web:vars]\nx=1\n[web]\na\n'),
  'a group only as a parent': ini('[site:children]\nweb\n[web]\na\n[site:vars]\ns=1\n'),
  'comments of every kind': ini(`# hash
; semicolon
  # indented
[web] # behind a section
a # behind a host
b x=1 # behind a value
c x=a#b y=2
d x="a # b" y=2
[web:vars]
v=text # stays in vars
n=1 # but not behind a literal
`),
  'typing on host lines': ini(
    `h ${[
      'int=1',
      'neg=-5',
      'float=1.5',
      'exp=1e3',
      'oct=0777',
      'oct3=0o777',
      'hex=0x1F',
      'bin=0b11',
      'long=56L',
      'under=1_000',
      'truth=True',
      'lower=true',
      'yes=yes',
      'none=None',
      'null=null',
      'text=hello',
      "quoted='1'",
      'double="1"',
      `kept="'1'"`,
      'list=[1,2]',
      `dict="{'a': 1, 'b': [True, None]}"`,
      'json={\\"a\\":1}',
      'tuple=1,2',
      'one=(1,)',
      'empty=',
      'emptyq=""',
      'ip=10.0.0.1',
      'date=2024-01-02',
      'spaces="two words"',
      'eq=a=b=c',
      'comma=02,06',
      'plus=+1',
      'bytes="b\'x\'"',
      'raw="r\'\\\\d\'"',
      "cat=\"'a' 'b'\"",
      'esc="\'\\\\x41\\\\n\'"',
      'blank=" 1 "',
      'star=*',
      'tilde=~',
      'minus=-',
    ].join(' ')}\n`,
  ),
  'typing in vars sections': ini(`h
[all:vars]
int=1
neg = -5
float=1.5
exp=1e3
oct=0777
hex=0x1F
truth=True
lower=true
none=None
text=hello world
single='1'
double="quoted text"
list=[1, 2, 'x']
dict={'a': 1, "b": {'c': (1, 2)}}
tuple=1, 2
empty=
eq=a=b=c
sum=1+1
call=dict()
concat='a' 'b'
trailing=1 # one
url=http://example.com/#top
json=["a", true]
unclosed='abc
backslash=C:\\\\temp
string_escape='C:\\\\temp\\n'
percent=%(x)s
dollar=$HOME
colon=a:b
complex_list=[[1, [2, [3]]], {'k': [None, False]}]
negative_list=[-1, +2, -1.5e3]
`),
  'quotes and backslashes of the shell': ini(
    `a v=one\\ two w='single "inner" x' x="double 'inner' \\"escaped\\"" y=a"b c"d z='' q=\\\\\nb v="a\\nb" w='a\\nb' x=a\\nb\n`,
  ),
  ranges: ini('[web]\nw[1:3]\nx[01:20:5] r=1\ndb-[a:f:2].example.com:2222 r=2\n[1:2].example.com\nr[1:2]-[a:b]\n'),
  'a port of a host that was named before': ini('[a]\nx\ny:22\nz:1 ansible_port=2\n[b]\nx:2222\ny:23\nz:3\n'),
  'ports and addresses': ini('a:2201\n10.0.0.1:22 x=1\n[2001:db8::1]:2022\n2001:db8::2\n::1\nb:22 ansible_port=23\n'),
  'a host on several lines': ini('[web]\na x=1 y=1\n[db]\na y=2\na z=3\n'),
  'a section twice': ini('[web]\na\n[db]\nb\n[web]\nc\n[web:vars]\nx=1\n[web:vars]\nx=2\ny=3\n'),
  'group priority': ini(
    '[alpha]\na\n[beta]\na\n[alpha:vars]\nwho=alpha\nansible_group_priority=10\n[beta:vars]\nwho=beta\n',
  ),
  'spaces and windows line ends': ini(
    '  [web]  \r\n   a    x=1     y=2   \r\n\tb\tx=1\r\n[web:vars]\r\n  k   =   v w  \r\n',
  ),
  'names with odd characters': ini('[web-servers.eu]\na_b-c.d\nüber x=ü\nuser@host\nfoo/bar\n'),
  'variables of all and ungrouped': ini('a\n[web]\nb\n[all:vars]\nx=1\n[ungrouped:vars]\nu=1\n'),
  templates: ini('a x="{{ y }}" y=1 z="{{ y | int }}"\n[all:vars]\nw={{ x }} text\nl=["{{ y }}", 2]\n'),
  'a list that YAML would take': ini('[web]\na x=[a,b] y={a} z=[1,]\n'),
  'the literal list of braces': ini('[all:vars]\na={}\nb=[]\nc=()\nd={1: 2, None: 3}\ne={"x":2}\nf=[1 2]\n[web]\nh\n'),
  'a file called ini': { files: { 'inventory.ini': '[web]\na x=1\n' } },
  'a file with another ending': { files: { 'hosts.prod': '[web]\na x=1\n' } },
}
