// The one table of keys: the command of each, whether it acts in menus, and what help and footer say about it.

export type Command =
  | 'quit'
  | 'back'
  | 'help'
  | 'up'
  | 'down'
  | 'pageUp'
  | 'pageDown'
  | 'halfUp'
  | 'halfDown'
  | 'top'
  | 'bottom'
  | 'cellLeft'
  | 'cellRight'
  | 'detail'
  | 'toggle'
  | 'focusNext'
  | 'focusPrevious'
  | 'filter'
  | 'keepCell'
  | 'dropCell'
  | 'copyFilter'
  | 'sortPrevious'
  | 'sortNext'
  | 'sortMenu'
  | 'reverse'
  | 'sortRate'
  | 'sortTotal'
  | 'sortName'
  | 'sortColumn'
  | 'groupMenu'
  | 'follow'
  | 'freeze'
  | 'pause'
  | 'units'
  | 'wide'
  | 'graph'
  | 'columns'
  | 'alerts'
  | 'acknowledge'
  | 'mute'
  | 'programs'
  | 'interface'
  | 'slower'
  | 'faster'
  | 'interval'
  | 'views'
  | 'saveView'
  | 'save'
  | 'theme'
  | 'runStatus'
  | 'copy'
  | 'redraw'
  | 'suspend';

export type KeyGroup = 'move' | 'filter' | 'sort' | 'group' | 'look' | 'alerts' | 'program';

export interface KeyBinding {
  readonly command: Command;
  readonly keys: readonly string[];
  readonly group: KeyGroup;
  /** For help; '' = another binding speaks for it. */
  readonly help: string;
  /** Key as help writes it, where a list of names would be clumsy. */
  readonly shown?: string;
  /** Also while a menu or help is open. */
  readonly inOverlay?: boolean;
  /** What the footer says of it, where there is room: lower ranks first. */
  readonly footer?: { readonly rank: number; readonly key: string; readonly word: string };
}

const digits = ['1', '2', '3', '4', '5', '6', '7', '8', '9'];

export const keyBindings: readonly KeyBinding[] = [
  {
    command: 'up',
    keys: ['Up', 'k'],
    group: 'move',
    help: 'move',
    shown: '↑ ↓ j k',
    inOverlay: true,
  },
  { command: 'down', keys: ['Down', 'j'], group: 'move', help: '', inOverlay: true },
  {
    command: 'pageUp',
    keys: ['PageUp', 'Ctrl-B'],
    group: 'move',
    help: 'page',
    shown: 'PgUp PgDn',
    inOverlay: true,
  },
  { command: 'pageDown', keys: ['PageDown', 'Ctrl-F'], group: 'move', help: '', inOverlay: true },
  {
    command: 'halfUp',
    keys: ['Ctrl-U'],
    group: 'move',
    help: 'half a page',
    shown: 'Ctrl-U Ctrl-D',
  },
  { command: 'halfDown', keys: ['Ctrl-D'], group: 'move', help: '' },
  {
    command: 'top',
    keys: ['Home', 'g'],
    group: 'move',
    help: 'first, last',
    shown: 'g G Home End',
    inOverlay: true,
  },
  { command: 'bottom', keys: ['End', 'G'], group: 'move', help: '', inOverlay: true },
  { command: 'cellLeft', keys: ['Left'], group: 'move', help: 'cell of the row', shown: '← →' },
  { command: 'cellRight', keys: ['Right'], group: 'move', help: '' },
  { command: 'focusNext', keys: ['Tab'], group: 'move', help: 'flows, alerts, detail' },
  { command: 'focusPrevious', keys: ['Shift-Tab'], group: 'move', help: '' },
  {
    command: 'detail',
    keys: ['Enter'],
    group: 'move',
    help: 'details',
    footer: { rank: 5, key: '⏎', word: 'detail' },
    inOverlay: true,
  },
  {
    command: 'back',
    keys: ['Escape'],
    group: 'move',
    help: 'back; clears the filter',
    shown: 'Esc',
    inOverlay: true,
  },
  {
    command: 'filter',
    keys: ['/', 'F4', '\\'],
    group: 'filter',
    help: 'filter',
    footer: { rank: 2, key: '/', word: 'filter' },
  },
  { command: 'keepCell', keys: ['='], group: 'filter', help: 'only this value' },
  { command: 'dropCell', keys: ['!'], group: 'filter', help: 'not this value' },
  { command: 'copyFilter', keys: ['y'], group: 'filter', help: 'the row as a filter' },
  { command: 'copy', keys: ['Y'], group: 'filter', help: 'and to the clipboard' },
  { command: 'sortPrevious', keys: ['<'], group: 'sort', help: 'sort column', shown: '< >' },
  { command: 'sortNext', keys: ['>'], group: 'sort', help: '' },
  {
    command: 'sortMenu',
    keys: ['s', 'F6'],
    group: 'sort',
    help: 'sort menu',
    footer: { rank: 3, key: 's', word: 'sort' },
  },
  {
    command: 'reverse',
    keys: ['R', 'I'],
    group: 'sort',
    help: 'reverse',
    footer: { rank: 9, key: 'R', word: 'reverse' },
  },
  { command: 'sortRate', keys: ['P'], group: 'sort', help: 'by rate, total, name', shown: 'P T N' },
  { command: 'sortTotal', keys: ['T'], group: 'sort', help: '' },
  { command: 'sortName', keys: ['N'], group: 'sort', help: '' },
  { command: 'sortColumn', keys: digits, group: 'sort', help: 'by visible column', shown: '1 … 9' },
  {
    command: 'freeze',
    keys: ['o'],
    group: 'sort',
    help: 'freeze the order',
    footer: { rank: 12, key: 'o', word: 'freeze' },
  },
  {
    command: 'groupMenu',
    keys: ['t', 'F5'],
    group: 'group',
    help: 'group by host, port …',
    footer: { rank: 4, key: 't', word: 'group' },
  },
  {
    command: 'toggle',
    keys: ['Space'],
    group: 'group',
    help: 'pin row, open group',
    inOverlay: true,
  },
  { command: 'follow', keys: ['F'], group: 'group', help: 'follow the row' },
  {
    command: 'units',
    keys: ['b'],
    group: 'look',
    help: 'bits or bytes',
    footer: { rank: 10, key: 'b', word: 'bits/bytes' },
  },
  {
    command: 'columns',
    keys: ['c'],
    group: 'look',
    help: 'columns',
    footer: { rank: 11, key: 'c', word: 'columns' },
  },
  { command: 'wide', keys: ['w'], group: 'look', help: 'wide addresses' },
  { command: 'graph', keys: ['.'], group: 'look', help: 'graph: blocks or dots' },
  { command: 'theme', keys: ['C'], group: 'look', help: 'colours' },
  { command: 'views', keys: ['v'], group: 'look', help: 'saved views' },
  { command: 'saveView', keys: ['V'], group: 'look', help: 'name this view' },
  {
    command: 'alerts',
    keys: ['a'],
    group: 'alerts',
    help: 'alerts, full screen',
    footer: { rank: 6, key: 'a', word: 'alerts' },
  },
  { command: 'acknowledge', keys: ['A'], group: 'alerts', help: 'acknowledge it' },
  { command: 'mute', keys: ['m'], group: 'alerts', help: 'mute it for an hour' },
  {
    command: 'programs',
    keys: ['e'],
    group: 'program',
    help: 'eBPF programs, maps',
    footer: { rank: 15, key: 'e', word: 'programs' },
  },
  { command: 'runStatus', keys: ['S'], group: 'program', help: 'this run: rights, cost' },
  {
    command: 'pause',
    keys: ['p', 'Z'],
    group: 'program',
    help: 'pause; counting goes on',
    footer: { rank: 7, key: 'p', word: 'pause' },
  },
  {
    command: 'interface',
    keys: ['i'],
    group: 'program',
    help: 'next interface',
    footer: { rank: 13, key: 'i', word: 'interface' },
  },
  {
    command: 'faster',
    keys: ['-'],
    group: 'program',
    help: 'interval',
    footer: { rank: 14, key: '+ -', word: 'interval' },
    shown: '+ - d',
  },
  { command: 'slower', keys: ['+'], group: 'program', help: '' },
  { command: 'interval', keys: ['d'], group: 'program', help: '' },
  { command: 'save', keys: ['W'], group: 'program', help: 'save settings' },
  { command: 'redraw', keys: ['Ctrl-L'], group: 'program', help: 'redraw', inOverlay: true },
  { command: 'suspend', keys: ['Ctrl-Z'], group: 'program', help: 'suspend', inOverlay: true },
  {
    command: 'help',
    keys: ['?', 'h', 'F1'],
    group: 'program',
    help: 'this help',
    footer: { rank: 1, key: '?', word: 'help' },
    inOverlay: true,
  },
  {
    command: 'quit',
    keys: ['q', 'F10', 'Ctrl-C'],
    group: 'program',
    help: 'quit',
    footer: { rank: 8, key: 'q', word: 'quit' },
    inOverlay: true,
  },
];

const byKey = new Map<string, KeyBinding>();
for (const binding of keyBindings) for (const key of binding.keys) byKey.set(key, binding);

export const bindingFor = (key: string): KeyBinding | undefined => byKey.get(key);

export const keyLabel = (binding: KeyBinding): string => binding.shown ?? binding.keys.join(' ');

export const keyGroups: readonly (readonly [group: KeyGroup, title: string])[] = [
  ['move', 'Move'],
  ['filter', 'Filter'],
  ['sort', 'Sort'],
  ['group', 'Group and rows'],
  ['look', 'Look'],
  ['alerts', 'Alerts'],
  ['program', 'Program'],
];

/** What the footer offers, most wanted first: as many as fit. */
export const footerHints = keyBindings
  .flatMap(({ footer }) => (footer === undefined ? [] : [footer]))
  .sort((left, right) => left.rank - right.rank);
