declare const brand: unique symbol;

/** A value that only its own constructor makes: a `Brand<string, 'UserId'>` is not any string. */
export type Brand<T, B extends string> = T & { readonly [brand]: B };
