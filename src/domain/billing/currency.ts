import { err, ok, type Result } from 'neverthrow';
import type { Brand } from '../shared/brand.js';

/** An ISO 4217 code in lower case. */
export type Currency = Brand<string, 'Currency'>;
export type UnknownCurrency = { readonly kind: 'unknown_currency' };

const CODES = new Set(
  `aed afn all amd aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd btn bwp byn bzd cad cdf chf clp
  cny cop crc cup cve czk djf dkk dop dzd egp ern etb eur fjd fkp gbp gel ghs gip gmd gnf gtq gyd hkd hnl htg huf
  idr ils inr iqd irr isk jmd jod jpy kes kgs khr kmf kpw krw kwd kyd kzt lak lbp lkr lrd lsl lyd mad mdl mga mkd
  mmk mnt mop mru mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub
  rwf sar sbd scr sdg sek sgd shp sle sos srd ssp stn svc syp szl thb tjs tmt tnd top try ttd twd tzs uah ugx usd
  uyu uzs ved ves vnd vuv wst xaf xcd xcg xof xpf yer zar zmw zwg`.split(/\s+/),
);
const WITHOUT_MINOR = new Set('bif clp djf gnf isk jpy kmf krw pyg rwf ugx vnd vuv xaf xof xpf'.split(' '));
const THOUSANDTHS = new Set('bhd iqd jod kwd lyd omr tnd'.split(' '));

/** A code of the list, in either case. */
export const currency = (code: string): Result<Currency, UnknownCurrency> => {
  const lower = code.toLowerCase();
  return CODES.has(lower) ? ok(lower as Currency) : err({ kind: 'unknown_currency' });
};

/** How many of its minor units make one of the currency: 100 cents a dollar, 1 yen a yen, 1,000 fils a dinar. */
export const minorPerMajor = (code: Currency): bigint => {
  if (WITHOUT_MINOR.has(code)) return 1n;
  return THOUSANDTHS.has(code) ? 1_000n : 100n;
};
