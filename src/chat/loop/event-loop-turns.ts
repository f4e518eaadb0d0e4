// A turn of the event loop, so that input, timers and other requests get theirs; a resolved promise doesn't let go. A timer would wait a
// millisecond and more. Node has setImmediate; there a message to oneself is no turn: up to a thousand are read at a time.

export class EventLoopTurns {
  private readonly channel = typeof setImmediate === "function" ? undefined : new MessageChannel();

  constructor() {
    this.channel?.port1.start();
  }

  next(): Promise<void> {
    const { channel } = this;
    return new Promise((resolve) => {
      if (channel === undefined) {
        setImmediate(resolve);
        return;
      }
      channel.port1.addEventListener("message", () => resolve(), { once: true });
      channel.port2.postMessage(null);
    });
  }

  close(): void {
    this.channel?.port1.close();
  }
}
