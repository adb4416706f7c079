/** Download: gives the user a file, as the browser does it. */

// The browser reads it after the click.
const URL_LIFETIME_MILLISECONDS = 60_000;

/** Have the browser save *content* under *name*. */
export function download(name: string, content: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.hidden = true;
  document.body.append(link);
  link.click();
  link.remove();
  window.setTimeout(() => {
    URL.revokeObjectURL(link.href);
  }, URL_LIFETIME_MILLISECONDS);
}
