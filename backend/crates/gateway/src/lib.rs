//! STOMP 1.2 over WebSocket.
