/** A toll bar, half open. */
export const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#1f5fbf"/><path d="M8 25V13h4v12zM11 15 26 7" fill="#fff" stroke="#fff" stroke-width="3" stroke-linecap="round"/></svg>';
