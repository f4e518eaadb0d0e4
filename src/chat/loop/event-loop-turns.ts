// A turn of the event loop, so that input, timers and other requests get theirs. A message to oneself is the soonest that browsers and
// Node both know: a timer waits a millisecond and more, a resolved promise doesn't let go.

export class EventLoopTurns {
  private readonly channel = new MessageChannel();

  constructor() {
    this.channel.port1.start();
  }

  next(): Promise<void> {
    const { port1, port2 } = this.channel;
    return new Promise((resolve) => {
      port1.addEventListener("message", () => resolve(), { once: true });
      port2.postMessage(null);
    });
  }

  close(): void {
    this.channel.port1.close();
  }
}
