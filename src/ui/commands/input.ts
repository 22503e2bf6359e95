// Dispatches an input event to the prompt, an overlay, or the key table. In a prompt only editing keys act.

import { groupChoices, sortChoices } from '../../core/flows/schema/menus.js';
import { checkValue } from '../../core/options/check-value.js';
import { expectation } from '../../core/options/describe.js';
import { options } from '../../core/options/schema.js';
import { numberFromText } from '../../core/options/value-schemas.js';
import { helpPages } from '../panels/help.js';
import { menuItems } from '../panels/menu-items.js';
import { statusScrollMax } from '../panels/run-status.js';
import type { DataFeed } from '../state/data-feed.js';
import { bindingFor, type Command } from '../state/keymap.js';
import { editPrompt, promptWith } from '../state/prompt.js';
import type { Screen } from '../state/screen.js';
import { filterHistoryMax, type MenuKind, type Prompt } from '../state/screen-state.js';
import { flowColumns } from '../table/flow-columns.js';
import { placedColumns } from '../table/flow-table.js';
import type { InputEvent, MouseEvent } from '../terminal/key-tokenizer.js';
import type { Commands } from './commands.js';

export interface InputTargets {
  readonly screen: Screen;
  readonly feed: DataFeed;
  readonly commands: Commands;
  readonly filterWords: readonly string[];
  /** Row of the table's head line on the screen; null: nothing was laid out yet. */
  readonly tableTop: () => number | null;
}

const columnIds = flowColumns.map((column) => column.id);
const leaveKeys = new Set(['Escape', 'Ctrl-C', 'Ctrl-G']);
const wheelRows = 3;
/** Lines of the page about the run. */
const scrollSteps: Readonly<Record<string, number>> = { up: -1, down: 1, pageUp: -6, pageDown: 6 };

export class Input {
  constructor(private readonly targets: InputTargets) {}

  handle(event: InputEvent): void {
    const { screen, commands, feed } = this.targets;
    feed.keyPressed();
    const { prompt, overlay } = screen.store.get();
    if (event.type === 'mouse') this.mouse(event);
    else if (prompt !== null) this.toPrompt(prompt, event);
    else if (event.type === 'paste') return;
    else if (overlay !== null) this.toOverlay(event.key);
    else {
      const binding = bindingFor(event.key);
      if (binding !== undefined) commands.run(binding.command, event.key);
    }
  }

  private mouse(event: MouseEvent): void {
    const { screen, feed, commands } = this.targets;
    if (event.action === 'wheelUp' || event.action === 'wheelDown') {
      const step = event.action === 'wheelUp' ? -wheelRows : wheelRows;
      if (screen.store.get().programsScreen) commands.scrollPrograms(step);
      else screen.flows.scroll(step);
      feed.requestIfOutside();
    } else if (event.action === 'press') this.click(event.row);
  }

  /** A click selects the row; a second one on it opens its detail. */
  private click(row: number): void {
    const { screen, commands } = this.targets;
    const { flows, store } = screen;
    const top = this.targets.tableTop();
    const { overlay, programsScreen } = store.get();
    if (top === null || overlay !== null || programsScreen) return;
    const index = flows.top + row - top - 1;
    if (row <= top || index >= flows.total || row - top > flows.height) return;
    if (flows.cursor === index) commands.run('detail', 'Enter');
    else flows.select(index);
  }

  private toPrompt(prompt: Prompt, event: InputEvent): void {
    const { screen, filterWords } = this.targets;
    const { store } = screen;
    const key = event.type === 'key' ? event.key : '';
    if (leaveKeys.has(key)) {
      this.leavePrompt(prompt);
      return;
    }
    if (key === 'Enter') {
      this.enterPrompt(prompt);
      return;
    }
    const history = prompt.kind === 'filter' ? store.get().filterHistory : [];
    const line = editPrompt(
      prompt.line,
      event,
      history,
      prompt.kind === 'filter' ? filterWords : [],
    );
    if (line === prompt.line) return;
    if (prompt.kind !== 'filter') {
      store.update({ prompt: { ...prompt, line, error: '' } });
      return;
    }
    store.update({ prompt: { ...prompt, line } });
    if (line.text !== prompt.line.text) void this.typeFilter(line.text);
  }

  private async typeFilter(text: string): Promise<void> {
    const { screen, feed } = this.targets;
    const { store } = screen;
    const error = await feed.tryFilter(text.trim() === '' ? '' : text);
    if (error === 'superseded') return;
    const { prompt, view } = store.get();
    if (prompt?.kind === 'filter') store.update({ prompt: { ...prompt, error, judged: text } });
    else if (error !== null)
      // Enter was faster than the answer: the line comes back with what is wrong.
      store.update({
        prompt: {
          kind: 'filter',
          line: promptWith(text),
          error,
          judged: text,
          before: view.filter,
        },
      });
  }

  private leavePrompt(prompt: Prompt): void {
    const { screen, commands, feed } = this.targets;
    screen.store.update({ prompt: null });
    if (prompt.kind !== 'filter') return;
    feed.forgetAttempt();
    if (screen.store.get().view.filter !== prompt.before)
      commands.view.change({ filter: prompt.before });
    else void feed.request();
  }

  private enterPrompt(prompt: Prompt): void {
    const { screen, commands } = this.targets;
    const { store } = screen;
    const text = prompt.line.text.trim();
    if (prompt.kind === 'filter') {
      if (prompt.error !== null && prompt.judged === prompt.line.text) return;
      const history = store.get().filterHistory.filter((one) => one !== text);
      const filterHistory = text === '' ? history : [...history, text].slice(-filterHistoryMax);
      store.update({ prompt: null, filterHistory });
      screen.flows.reset();
      return;
    }
    if (prompt.kind === 'viewName') {
      const name = text.slice(0, 60);
      if (name === '') {
        this.leavePrompt(prompt);
        return;
      }
      const others = store.get().savedViews.filter((one) => one.name !== name);
      store.update({ prompt: null, savedViews: [...others, { ...store.get().view, name }] });
      screen.say(`view "${name}" kept for this run; W writes it to the settings file`);
      return;
    }
    const seconds = numberFromText(text.replace(/s$/, ''));
    const checked = checkValue(options.intervalSeconds, seconds);
    if (!checked.ok) {
      store.update({
        prompt: { ...prompt, error: `must be ${expectation(options.intervalSeconds)}` },
      });
      return;
    }
    commands.view.setInterval(seconds);
    store.update({ prompt: null });
  }

  private toOverlay(key: string): void {
    const { screen, commands } = this.targets;
    const { store } = screen;
    const { overlay, columns, rows } = store.get();
    if (overlay === null) return;
    const command = bindingFor(key)?.inOverlay ? bindingFor(key)!.command : null;
    if (overlay.kind === 'help') {
      const pages = helpPages(columns, rows).length;
      const forth = command === 'pageDown' || command === 'down' || key === 'Space';
      const back = command === 'pageUp' || command === 'up';
      if (key === 'Ctrl-C' || command === 'redraw' || command === 'suspend')
        commands.run(bindingFor(key)!.command, key);
      else if (forth || back) {
        const page = Math.max(0, Math.min(pages - 1, overlay.page + (forth ? 1 : -1)));
        store.update({ overlay: { kind: 'help', page } });
      } else store.update({ overlay: null });
      return;
    }
    if (overlay.kind === 'run') {
      if (key === 'Ctrl-C' || command === 'redraw' || command === 'suspend')
        commands.run(bindingFor(key)!.command, key);
      else {
        const step = scrollSteps[command ?? ''];
        if (step === undefined) store.update({ overlay: null });
        else {
          const top = Math.max(0, Math.min(statusScrollMax(screen), overlay.top + step));
          store.update({ overlay: { kind: 'run', top } });
        }
      }
      return;
    }
    this.toMenu(overlay.menu, overlay.index, key, command);
  }

  private toMenu(menu: MenuKind, index: number, key: string, command: Command | null): void {
    const { screen, commands } = this.targets;
    const { store } = screen;
    const items = menuItems(screen, menu);
    const byLetter = items.findIndex((item) => item.key === key);
    const move = (to: number): void =>
      store.update({
        overlay: { kind: 'menu', menu, index: Math.max(0, Math.min(items.length - 1, to)) },
      });
    if (byLetter >= 0) this.take(menu, byLetter);
    else if (menu === 'group' && /^[A-Z]$/.test(key)) this.groupFurther(key.toLowerCase());
    else if (command === 'up') move(index - 1);
    else if (command === 'down') move(index + 1);
    else if (command === 'pageUp' || command === 'top') move(0);
    else if (command === 'pageDown' || command === 'bottom') move(items.length - 1);
    else if (command === 'toggle') this.take(menu, index);
    else if (command === 'detail') this.takeAndClose(menu, index);
    else if (command === 'back' || key === 'q') store.update({ overlay: null });
    else if (key === 'Ctrl-C' || command === 'redraw' || command === 'suspend')
      commands.run(bindingFor(key)!.command, key);
  }

  /** Enter: the columns are as they were ticked; everything else is chosen by it. */
  private takeAndClose(menu: MenuKind, index: number): void {
    if (menu === 'columns') this.targets.screen.store.update({ overlay: null });
    else this.take(menu, index);
  }

  private take(menu: MenuKind, index: number): void {
    const { screen, commands } = this.targets;
    const { store } = screen;
    const state = store.get();
    if (menu === 'columns') {
      store.update({ overlay: { kind: 'menu', menu, index } });
      this.toggleColumn(index);
      return;
    }
    store.update({ overlay: null });
    if (menu === 'sort') {
      const choice = sortChoices[index];
      if (choice !== undefined) commands.view.sortBy(choice.field);
    } else if (menu === 'group') {
      const choice = groupChoices[index];
      if (choice === undefined) return;
      store.update({ openGroups: [], pinned: [] });
      commands.view.change({ groupBy: choice.keys });
    } else if (menu === 'views') {
      const saved = state.savedViews[index];
      if (saved === undefined) return;
      const { name, ...view } = saved;
      commands.view.change(view);
      screen.say(`view "${name}"`);
    } else if (menu === 'themes') {
      const theme = menuItems(screen, 'themes')[index]?.label;
      if (theme !== undefined) commands.view.changeDisplayOptions({ theme });
    }
  }

  /** The capital letter of a key groups within the groups there are: any two keys. */
  private groupFurther(letter: string): void {
    const { screen, commands } = this.targets;
    const { store } = screen;
    const fields = groupChoices.find((choice) => choice.key === letter)?.keys ?? [];
    const [first] = store.get().view.groupBy;
    const [second] = fields;
    if (fields.length !== 1 || second === undefined || second === first) return;
    store.update({ overlay: null, openGroups: [], pinned: [] });
    commands.view.change({ groupBy: first === undefined ? [second] : [first, second] });
  }

  private toggleColumn(index: number): void {
    const { screen } = this.targets;
    const { store } = screen;
    const items = menuItems(screen, 'columns');
    const shown = placedColumns(screen, store.get().columns).map(({ column }) => column.id);
    const id = columnIds[index];
    if (id === undefined || items[index] === undefined) return;
    const chosen = shown.includes(id) ? shown.filter((one) => one !== id) : [...shown, id];
    // Without any column there would be nothing to turn on again: the last one stays.
    if (chosen.length === 0) return;
    store.update({ view: { ...store.get().view, columns: chosen } });
  }
}
