// The items of each menu, and the letter that selects each.

import { groupChoices, menuLetters, sortChoices } from '../../core/flows/schema/menus.js';
import type { Screen } from '../state/screen.js';
import type { MenuItem, MenuKind } from '../state/screen-state.js';
import { flowColumns } from '../table/flow-columns.js';
import { placedColumns } from '../table/flow-table.js';
import { themes } from '../widgets/theme.js';

export const menuTitles: Readonly<Record<MenuKind, string>> = {
  sort: 'sort by',
  group: 'group by',
  columns: 'columns',
  views: 'views',
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
      return groupChoices.map(({ key, keys, label }) => ({
        key,
        label,
        note: keys.join() === view.groupBy.join() ? '●' : '',
        checked: null,
      }));
    case 'columns': {
      const shown = new Set(placedColumns(screen, state.columns).map(({ column }) => column.id));
      return flowColumns.map((column, index) => ({
        key: menuLetters[index] ?? '',
        label: column.title.trim() === '' ? 'direction' : column.title,
        note: column.description,
        checked: shown.has(column.id),
      }));
    }
    case 'views':
      return state.savedViews.map((saved, index) => ({
        key: menuLetters[index] ?? '',
        label: saved.name,
        note: [saved.filter, saved.groupBy.join(', ')].filter((text) => text !== '').join('  by '),
        checked: null,
      }));
    case 'themes':
      return themes.map((theme, index) => ({
        key: menuLetters[index] ?? '',
        label: theme.name,
        note: theme.name === state.looks.theme ? '●' : '',
        checked: null,
      }));
  }
};
