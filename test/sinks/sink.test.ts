import { config, from, map, NEVER, Observable, of, range, Subject, take, throwError } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Ending, sink, type Writer, writersFinished } from '../../sinks/sink.ts';
import type { Row } from '../../src/step.ts';

/** A writer that notes what is asked of it, and whose finish and writes settle when the test says. */
class Notebook implements Writer<Row> {
  readonly steps: number[] = [];
  readonly calls: string[] = [];
  readonly endings: Ending[] = [];
  onBegin = () => {};
  onWrite: (row: Row) => void | Promise<void> = () => {};
  onFinish: (ending: Ending) => void | Promise<void> = () => {};

  begin(): void {
    this.calls.push('begin');
    this.onBegin();
  }

  write(row: Row): void | Promise<void> {
    this.calls.push(`write ${row.step}`);
    const written = this.onWrite(row);
    this.steps.push(row.step);
    return written;
  }

  finish(ending: Ending): void | Promise<void> {
    this.calls.push(`finish ${ending.kind}`);
    this.endings.push(ending);
    return this.onFinish(ending);
  }
}

/** A promise to be settled by hand. */
function settleable() {
  let resolve!: () => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

const rows = (count: number): Observable<Row> => range(0, count).pipe(map((step): Row => ({ step })));
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

/** What a subscriber hears, as words. */
function listen(source: Observable<Row>) {
  const heard: string[] = [];
  const subscription = source.subscribe({
    next: ({ step }) => heard.push(`row ${step}`),
    error: (error: Error) => heard.push(`error ${error.message}`),
    complete: () => heard.push('complete'),
  });
  return { heard, subscription };
}

afterEach(() => {
  config.onUnhandledError = null;
});

describe('sink', () => {
  it('passes the same rows on, each after it has been written', () => {
    const notebook = new Notebook();
    const given: Row[] = [{ step: 0 }, { step: 1 }];
    const seen: Row[] = [];
    from(given)
      .pipe(sink(() => notebook))
      .subscribe((row) => {
        expect(notebook.steps.at(-1)).toBe(row.step);
        seen.push(row);
      });
    expect(seen[0]).toBe(given[0]);
    expect(seen[1]).toBe(given[1]);
    expect(notebook.calls).toEqual(['begin', 'write 0', 'write 1', 'finish complete']);
  });

  it('opens at each subscription, and finishes also without a row', () => {
    const open = vi.fn(() => new Notebook());
    const piped = rows(0).pipe(sink(open));
    expect(open).not.toHaveBeenCalled();
    piped.subscribe();
    piped.subscribe();
    expect(open).toHaveBeenCalledTimes(2);
    expect(open.mock.results[0]!.value.calls).toEqual(['finish complete']);
  });

  it('holds complete back until the writer is done', async () => {
    const notebook = new Notebook();
    const done = settleable();
    notebook.onFinish = () => done.promise;
    const { heard } = listen(rows(2).pipe(sink(() => notebook)));
    await settled();
    expect(heard).toEqual(['row 0', 'row 1']);
    done.resolve();
    await settled();
    expect(heard).toEqual(['row 0', 'row 1', 'complete']);
  });

  it('passes an error of the source on after the writer has finished', async () => {
    const notebook = new Notebook();
    const done = settleable();
    notebook.onFinish = () => done.promise;
    const source = new Subject<Row>();
    const { heard } = listen(source.pipe(sink(() => notebook)));
    source.next({ step: 0 });
    source.error(new Error('out of memory'));
    await settled();
    expect(heard).toEqual(['row 0']);
    expect(notebook.endings[0]!.kind).toBe('error');
    done.resolve();
    await settled();
    expect(heard).toEqual(['row 0', 'error out of memory']);
  });

  it("tells the source's error, not the one of finishing after it", async () => {
    const notebook = new Notebook();
    notebook.onFinish = () => Promise.reject(new Error('disk full'));
    const { heard } = listen(throwError(() => new Error('first')).pipe(sink(() => notebook)));
    await settled();
    expect(heard).toEqual(['error first']);
  });

  it.each([
    ['rejects', () => Promise.reject(new Error('disk full'))],
    [
      'throws',
      () => {
        throw new Error('disk full');
      },
    ],
  ])('ends with an error instead of complete when finish %s', async (_, onFinish) => {
    const notebook = new Notebook();
    notebook.onFinish = onFinish;
    const { heard } = listen(rows(1).pipe(sink(() => notebook)));
    await settled();
    expect(heard).toEqual(['row 0', 'error disk full']);
  });

  it('turns what open throws into an error, before the source is subscribed to', () => {
    const subscribed = vi.fn();
    const { heard } = listen(
      new Observable<Row>(subscribed).pipe(
        sink(() => {
          throw new Error('no such place');
        }),
      ),
    );
    expect(heard).toEqual(['error no such place']);
    expect(subscribed).not.toHaveBeenCalled();
  });

  it('ends with what begin throws, passing no row on, and still finishes', () => {
    const notebook = new Notebook();
    notebook.onBegin = () => {
      throw new Error('unknown column');
    };
    const { heard } = listen(rows(3).pipe(sink(() => notebook)));
    expect(heard).toEqual(['error unknown column']);
    expect(notebook.calls).toEqual(['begin', 'finish error']);
  });

  it('ends with what write throws, lets the source go at once, and does not pass that row on', async () => {
    const notebook = new Notebook();
    const done = settleable();
    notebook.onFinish = () => done.promise;
    notebook.onWrite = ({ step }) => {
      if (step === 2) throw new Error('disk full');
    };
    let produced = 0;
    let freed = false;
    const source = new Observable<Row>((subscriber) => {
      for (let step = 0; step < 100 && !subscriber.closed; step++) {
        produced++;
        subscriber.next({ step });
      }
      return () => {
        freed = true;
      };
    });
    const { heard } = listen(source.pipe(sink(() => notebook)));
    expect(produced).toBe(3);
    expect(freed).toBe(true);
    expect(heard).toEqual(['row 0', 'row 1']);
    done.resolve();
    await settled();
    expect(heard).toEqual(['row 0', 'row 1', 'error disk full']);
  });

  it('holds a row while its write is pending, and gives the hold back once, also when it fails', async () => {
    for (const fails of [false, true]) {
      const notebook = new Notebook();
      const write = settleable();
      notebook.onWrite = () => write.promise;
      const release = vi.fn();
      const source = new Subject<Row>();
      const { heard } = listen(source.pipe(sink(() => notebook)));
      source.next({ step: 0, hold: () => release });
      expect(heard).toEqual(['row 0']);
      expect(release).not.toHaveBeenCalled();
      if (fails) write.reject(new Error('disk full'));
      else write.resolve();
      await settled();
      expect(release).toHaveBeenCalledTimes(1);
      expect(heard).toEqual(fails ? ['row 0', 'error disk full'] : ['row 0']);
      expect(source.observed).toBe(!fails);
    }
  });

  it('takes no hold when a row is written at once', () => {
    const hold = vi.fn(() => () => {});
    of<Row>({ step: 0, hold })
      .pipe(sink(() => new Notebook()))
      .subscribe();
    expect(hold).not.toHaveBeenCalled();
  });

  it('finishes after every pending write, and does not lose the error of one', async () => {
    const notebook = new Notebook();
    const write = settleable();
    notebook.onWrite = () => write.promise;
    const { heard } = listen(rows(2).pipe(sink(() => notebook)));
    await settled();
    expect(notebook.endings).toEqual([]);
    expect(heard).toEqual(['row 0', 'row 1']);
    write.reject(new Error('disk full'));
    await settled();
    expect(notebook.endings).toHaveLength(1);
    expect(heard).toEqual(['row 0', 'row 1', 'error disk full']);
  });

  it('finishes when nobody listens any more, once, and says when it is done', async () => {
    const notebook = new Notebook();
    const done = settleable();
    notebook.onFinish = () => done.promise;
    const source = new Subject<Row>();
    const { heard, subscription } = listen(source.pipe(sink(() => notebook)));
    source.next({ step: 0 });
    subscription.unsubscribe();
    subscription.unsubscribe();
    expect(source.observed).toBe(false);
    expect(notebook.calls).toEqual(['begin', 'write 0', 'finish unsubscribed']);
    let all = false;
    const finished = writersFinished().then(() => {
      all = true;
    });
    await settled();
    expect(all).toBe(false);
    done.resolve();
    await finished;
    expect(heard).toEqual(['row 0']);
  });

  it('does not finish twice when unsubscribed while it finishes', async () => {
    const notebook = new Notebook();
    const done = settleable();
    notebook.onFinish = () => done.promise;
    const { heard, subscription } = listen(rows(1).pipe(sink(() => notebook)));
    subscription.unsubscribe();
    done.resolve();
    await writersFinished();
    expect(notebook.endings).toEqual([{ kind: 'complete' }]);
    expect(heard).toEqual(['row 0']);
  });

  it.each(['throws', 'rejects'])('reports an error that comes when nobody listens: finish %s', async (how) => {
    const unhandled = vi.fn();
    config.onUnhandledError = unhandled;
    const notebook = new Notebook();
    notebook.onFinish = () => {
      if (how === 'rejects') return Promise.reject(new Error('disk full'));
      throw new Error('disk full');
    };
    NEVER.pipe(sink(() => notebook))
      .subscribe()
      .unsubscribe();
    await vi.waitFor(() => expect(unhandled).toHaveBeenCalledTimes(1));
    expect(unhandled.mock.calls[0]![0]).toMatchObject({ message: 'disk full' });
  });

  it('stops a synchronous source when a subscriber has had enough', () => {
    const notebook = new Notebook();
    const { heard } = listen(
      rows(1000).pipe(
        sink(() => notebook),
        take(2),
      ),
    );
    expect(heard).toEqual(['row 0', 'row 1', 'complete']);
    expect(notebook.calls).toEqual(['begin', 'write 0', 'write 1', 'finish unsubscribed']);
  });

  it('lets two sinks hang on one stream: complete waits for both, one after the other', async () => {
    const first = new Notebook();
    const second = new Notebook();
    const order: string[] = [];
    for (const [name, notebook] of Object.entries({ first, second }))
      notebook.onFinish = async () => {
        await settled();
        order.push(name);
      };
    const { heard } = listen(
      rows(3).pipe(
        sink(() => first),
        sink(() => second),
      ),
    );
    await vi.waitFor(() => expect(heard.at(-1)).toBe('complete'));
    expect(order).toEqual(['first', 'second']);
    expect(first.steps).toEqual([0, 1, 2]);
    expect(second.steps).toEqual([0, 1, 2]);
  });

  it('lets the first of two sinks finish when the second fails', async () => {
    const first = new Notebook();
    const second = new Notebook();
    second.onWrite = () => {
      throw new Error('disk full');
    };
    const { heard } = listen(
      rows(3).pipe(
        sink(() => first),
        sink(() => second),
      ),
    );
    await writersFinished();
    expect(heard).toEqual(['error disk full']);
    expect(first.steps).toEqual([0]);
    expect(first.endings).toEqual([{ kind: 'unsubscribed' }]);
  });
});
