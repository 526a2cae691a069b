/** One page as the replica answers it. */
export interface LoadedPage<Row> {
  readonly rows: readonly Row[]
  readonly next: string | null
}

interface Page<Row> {
  readonly after: string | null
  readonly count: number
  /** null: let go of to save memory; read again by `after` when it comes into view. */
  readonly rows: readonly Row[] | null
}

export interface PagedRowsOptions<Row> {
  readonly load: (after: string | null) => Promise<LoadedPage<Row>>
  readonly keyOf: (row: Row) => string
  /** Whether two rows of one key say the same: the one at hand then stays, and nothing is rendered anew. */
  readonly same: (one: Row, other: Row) => boolean
  readonly pageSize: number
  /** How many pages keep their rows. */
  readonly keptPages: number
  readonly onChange: () => void
  readonly onFailure: (thrown: unknown) => void
}

/**
 * A list of any length read by key, a page at a time as it is scrolled to. Only the pages around the view hold their
 * rows, so a million rows cost no more memory than a few thousand.
 */
export class PagedRows<Row> {
  private pages: readonly Page<Row>[] = []
  private next: string | null = null
  private started = false
  private disposed = false
  private before = 0
  private readonly busy = new Set<string>()
  private readonly options: PagedRowsOptions<Row>

  constructor(options: PagedRowsOptions<Row>) {
    this.options = options
  }

  get length(): number {
    const last = this.pages.at(-1)
    if (last === undefined || this.pages.length === 1) return this.head
    return this.head + (this.pages.length - 2) * this.options.pageSize + last.count
  }

  /** Whether nobody looks at it any more. */
  get over(): boolean {
    return this.disposed
  }

  /** Whether rows follow those counted in `length`. */
  get more(): boolean {
    return !this.started || this.next !== null
  }

  get ready(): boolean {
    return this.started
  }

  get headKey(): string | null {
    const first = this.pages[0]?.rows?.[0]
    return first === undefined ? null : this.options.keyOf(first)
  }

  /** How many rows came in at the top so far, as far as the head could still be found behind them. */
  get entered(): number {
    return this.before
  }

  at(index: number): Row | undefined {
    const nth = this.pageOf(index)
    return this.pages[nth]?.rows?.[index - this.begins(nth)]
  }

  /** Index of a key among the rows at hand; -1 when it is not there. */
  indexOf(key: string): number {
    for (const [nth, page] of this.pages.entries()) {
      const found = page.rows?.findIndex((row) => this.options.keyOf(row) === key) ?? -1
      if (found >= 0) return this.begins(nth) + found
    }
    return -1
  }

  /** Makes the rows around a view present: reads what is missing, lets go of what is far. */
  show(first: number, last: number): void {
    const { pageSize, keptPages } = this.options
    const from = this.pageOf(first)
    const to = this.pageOf(last)
    for (let nth = from; nth <= to; nth += 1) {
      const page = this.pages[nth]
      if (page !== undefined && page.rows === null) void this.reload(nth)
    }
    if (this.more && last >= this.length - pageSize) void this.append()
    const middle = (from + to) / 2
    if (this.pages.some((page, nth) => page.rows !== null && Math.abs(nth - middle) > keptPages / 2)) {
      this.pages = this.pages.map((page, nth) =>
        Math.abs(nth - middle) > keptPages / 2 ? { ...page, rows: null } : page,
      )
    }
  }

  /** Begins anew with a first page of any length, as the live tail does. */
  restart(page: LoadedPage<Row>): void {
    const head = this.headKey
    this.before += Math.max(
      0,
      page.rows.findIndex((row) => this.options.keyOf(row) === head),
    )
    this.pages = [{ after: null, count: page.rows.length, rows: this.reuse(page.rows) }]
    this.next = page.next
    this.started = true
    this.options.onChange()
  }

  /** Puts newer versions of rows in their places; rows that are not here are ignored. */
  patch(rows: readonly Row[]): void {
    const { keyOf } = this.options
    const fresh = new Map(this.reuse(rows).map((row) => [keyOf(row), row]))
    const changed = (page: Page<Row>): boolean => !!page.rows?.some((row) => (fresh.get(keyOf(row)) ?? row) !== row)
    if (!this.pages.some(changed)) return
    this.pages = this.pages.map((page) =>
      changed(page) ? { ...page, rows: page.rows?.map((row) => fresh.get(keyOf(row)) ?? row) ?? null } : page,
    )
    this.options.onChange()
  }

  /** Reads the pages between two rows again, for what changed in them; the first page only `withHead`. */
  async refresh(first: number, last: number, withHead: boolean): Promise<void> {
    for (let nth = this.pageOf(first); nth <= this.pageOf(last); nth += 1) {
      const page = this.pages[nth]
      if (page !== undefined && (withHead || page.after !== null)) await this.reload(nth)
    }
  }

  dispose(): void {
    this.disposed = true
  }

  /** Rows of the first page, which alone may be shorter than the others and yet be followed by them. */
  private get head(): number {
    return this.pages[0]?.count ?? 0
  }

  private pageOf(index: number): number {
    return index < this.head || this.pages.length < 2 ? 0 : 1 + Math.floor((index - this.head) / this.options.pageSize)
  }

  /** Index of a page's first row. */
  private begins(nth: number): number {
    return nth === 0 ? 0 : this.head + (nth - 1) * this.options.pageSize
  }

  /** The rows at hand in place of those that say the same. */
  private reuse(rows: readonly Row[]): readonly Row[] {
    const { keyOf, same } = this.options
    const known = new Map(this.pages.flatMap((page) => page.rows ?? []).map((row) => [keyOf(row), row]))
    return rows.map((row) => {
      const before = known.get(keyOf(row))
      return before !== undefined && same(before, row) ? before : row
    })
  }

  private append(): Promise<void> {
    const after = this.next
    return this.reading(`next ${after}`, after, (page) => {
      // The list was begun anew meanwhile: these rows do not follow its last any more.
      if (this.started && (after === null || after !== this.next)) return
      this.pages = [...this.pages, { after, count: page.rows.length, rows: page.rows }]
      this.next = page.next
      this.started = true
    })
  }

  private reload(nth: number): Promise<void> {
    const { after, count } = this.pages[nth] ?? { after: null, count: 0 }
    return this.reading(`page ${nth} ${after}`, after, (page) => {
      const now = this.pages[nth]
      if (now === undefined || now.after !== after) return
      // A page keeps its length: what lies after it is counted from there.
      const grown = nth === this.pages.length - 1
      const rows = this.reuse(grown ? page.rows : page.rows.slice(0, count))
      this.pages = this.pages.with(nth, { after, count: rows.length, rows })
      if (grown) this.next = page.next
    })
  }

  private async reading(name: string, after: string | null, take: (page: LoadedPage<Row>) => void): Promise<void> {
    if (this.busy.has(name) || this.disposed) return
    this.busy.add(name)
    try {
      const page = await this.options.load(after)
      if (this.disposed) return
      take(page)
      this.options.onChange()
    } catch (thrown) {
      if (!this.disposed) this.options.onFailure(thrown)
    } finally {
      this.busy.delete(name)
    }
  }
}
