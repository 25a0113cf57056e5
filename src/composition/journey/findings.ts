/** Something that went wrong: in which step, with which file (none: the step itself), and why. */
export type Failure = { readonly step: string; readonly name?: string | undefined; readonly reason: string };

/** A step that handled files, and what is to be said of it. */
export type Phase = {
  readonly name: string;
  readonly files: number;
  readonly bytes?: number | undefined;
  readonly seconds: number;
  readonly note?: string | undefined;
};

/** What stays at home, and why. */
export type Skipped = { readonly name: string; readonly why: string };
