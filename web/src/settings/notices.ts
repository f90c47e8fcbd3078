// Notices of the desktop, for whale prints that come while nobody looks at the page. The
// browser is asked for them when the reader turns them on, never at load.

export type NoticeState = "on" | "off" | "refused" | "none";

/** Whether notices can be shown: `none` where this browser has none. */
export function noticeState(wanted: boolean): NoticeState {
  if (typeof Notification === "undefined") return "none";
  if (Notification.permission === "denied") return "refused";
  return wanted && Notification.permission === "granted" ? "on" : "off";
}

/** Asks the browser, within the click that turns notices on; returns whether it lets us. */
export async function askForNotices(): Promise<boolean> {
  if (typeof Notification === "undefined") return false;
  return (await Notification.requestPermission()) === "granted";
}

/** Shows a notice; one about the same market takes the place of the last. */
export function showNotice(title: string, body: string, tag: string, onOpen: () => void): void {
  try {
    const notice = new Notification(title, { body, tag, silent: true });
    notice.onclick = () => {
      window.focus();
      notice.close();
      onOpen();
    };
  } catch {
    // Phones let only a service worker show notices: there are none then.
  }
}
