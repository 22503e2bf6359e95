// What stands in each menu, and which letter takes it.

import type { Screen } from '../state/screen.js';
import type { MenuItem, MenuKind } from '../state/screen-state.js';
import { flowColumns } from '../table/flow-columns.js';
import { placedColumns } from '../table/flow-table.js';
import { themes } from '../widgets/theme.js';

export interface SortChoice {
  readonly key: string;
  readonly field: string;
  readonly label: string;
  /** The direction it begins with. */
  readonly descending: boolean;
}

/** Names as --sort and the field table have them. */
export const sortChoices: readonly SortChoice[] = [
  { key: 'r', field: 'rate', label: 'rate, both directions', descending: true },
  { key: 'i', field: 'in', label: 'rate in', descending: true },
  { key: 'o', field: 'out', label: 'rate out', descending: true },
  { key: 'b', field: 'bytes', label: 'bytes', descending: true },
  { key: 'n', field: 'packets', label: 'packets', descending: true },
  { key: 'x', field: 'pps', label: 'packets a second', descending: true },
  { key: 'a', field: 'age', label: 'age', descending: false },
  { key: 'l', field: 'idle', label: 'last packet', descending: false },
  { key: 's', field: 'source', label: 'source', descending: false },
  { key: 'd', field: 'destination', label: 'destination', descending: false },
  { key: 'p', field: 'dport', label: 'port', descending: false },
  { key: 'c', field: 'protocol', label: 'protocol', descending: false },
];

export interface GroupChoice {
  readonly key: string;
  readonly fields: readonly string[];
  readonly label: string;
}

/** Names as src/core/flows/group.ts has them. */
export const groupChoices: readonly GroupChoice[] = [
  { key: 'f', fields: [], label: 'flows, not grouped' },
  { key: 'b', fields: ['host'], label: 'host, both ends' },
  { key: 's', fields: ['source'], label: 'source host' },
  { key: 'd', fields: ['destination'], label: 'destination host' },
  { key: 'o', fields: ['source', 'destination'], label: 'source and destination' },
  { key: 'p', fields: ['port'], label: 'port' },
  { key: 'c', fields: ['protocol'], label: 'protocol' },
  { key: 'e', fields: ['protocol', 'port'], label: 'protocol and port' },
  { key: 'x', fields: ['destination', 'port'], label: 'destination and port' },
  { key: 'n', fields: ['subnet24'], label: 'network /24, IPv6 /64' },
  { key: 'w', fields: ['subnet16'], label: 'network /16, IPv6 /48' },
  { key: 'l', fields: ['subnet64'], label: 'IPv4 host, IPv6 /64' },
  { key: 'v', fields: ['vlan'], label: 'VLAN' },
  { key: 't', fields: ['tunnel'], label: 'tunnel' },
  { key: 'i', fields: ['interface'], label: 'interface' },
];

const letters = 'abcdefgilmnoprstuvwxyz';

export const menuTitles: Readonly<Record<MenuKind, string>> = {
  sort: 'sort by',
  group: 'group by',
  columns: 'columns',
  views: 'views',
  interfaces: 'interface',
  themes: 'colours',
};

export const menuItems = (screen: Screen, menu: MenuKind): MenuItem[] => {
  const state = screen.store.get();
  const { view } = state;
  switch (menu) {
    case 'sort':
      return sortChoices.map(({ key, field, label }) => ({
        key,
        label,
        note: field === view.sort.field ? (view.sort.descending ? '▼' : '▲') : '',
        checked: null,
      }));
    case 'group':
      return groupChoices.map(({ key, fields, label }) => ({
        key,
        label,
        note: fields.join() === view.groupBy.join() ? '●' : '',
        checked: null,
      }));
    case 'columns': {
      const shown = new Set(placedColumns(screen, state.columns).map(({ column }) => column.id));
      return flowColumns.map((column, index) => ({
        key: letters[index] ?? '',
        label: column.title.trim() === '' ? 'direction' : column.title,
        note: column.description,
        checked: shown.has(column.id),
      }));
    }
    case 'views':
      return state.savedViews.map((saved, index) => ({
        key: letters[index] ?? '',
        label: saved.name,
        note: [saved.filter, saved.groupBy.join(', ')].filter((text) => text !== '').join('  by '),
        checked: null,
      }));
    case 'interfaces':
      return [
        { key: 'a', label: 'all', note: '', checked: view.interface === null },
        ...state.interfaces.map((one, index) => ({
          key: letters[index + 1] ?? '',
          label: one.name,
          note: one.up ? '' : 'down',
          checked: view.interface === one.name,
        })),
      ];
    case 'themes':
      return themes.map((theme, index) => ({
        key: letters[index] ?? '',
        label: theme.name,
        note: theme.name === state.looks.theme ? '●' : '',
        checked: null,
      }));
  }
};
