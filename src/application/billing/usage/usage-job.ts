/** Reports usage: of all customers every hour, and of one whose subscription has just ended. */
export const USAGE_JOB = 'billing.report-usage';
