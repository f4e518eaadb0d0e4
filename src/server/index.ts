// `grammask/server`: the chat server, for Node.
export { ChatServer, type ServerOptions } from "./chat-server.ts";
