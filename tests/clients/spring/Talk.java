import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.Type;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.springframework.messaging.MessageDeliveryException;
import org.springframework.messaging.converter.MappingJackson2MessageConverter;
import org.springframework.messaging.simp.stomp.StompCommand;
import org.springframework.messaging.simp.stomp.StompFrameHandler;
import org.springframework.messaging.simp.stomp.StompHeaders;
import org.springframework.messaging.simp.stomp.StompSession;
import org.springframework.messaging.simp.stomp.StompSessionHandlerAdapter;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;
import org.springframework.web.socket.WebSocketHttpHeaders;
import org.springframework.web.socket.client.standard.StandardWebSocketClient;
import org.springframework.web.socket.messaging.WebSocketStompClient;

/**
 * Two people talk through Spring's STOMP client, each at a node that may be another one than the other's.
 *
 * <p>Arguments: the origin that people use, the first one's WebSocket address and token, the second one's, and the conversation of
 * both. Ends with status 0 when everything came as it must.
 */
public final class Talk {
  private static final int SECONDS = 20;
  private static final String EVENTS = "/user/queue/events";
  private static final ObjectMapper JSON = new ObjectMapper();

  public static void main(String[] arguments) {
    try {
      talk(arguments);
    } catch (Throwable failure) {
      // Threads of the client would keep the process alive.
      failure.printStackTrace();
      System.exit(1);
    }
    System.out.println("two people talked");
    System.exit(0);
  }

  private static void talk(String[] arguments) throws Exception {
    ThreadPoolTaskScheduler scheduler = new ThreadPoolTaskScheduler();
    scheduler.initialize();
    // The WebSocket client says that it is a page of the node it talks to, which may have another name than people's own.
    WebSocketHttpHeaders handshake = new WebSocketHttpHeaders();
    handshake.setOrigin(arguments[0]);
    Device ada = Device.connect(scheduler, handshake, arguments[1], arguments[2]);
    Device ben = Device.connect(scheduler, handshake, arguments[3], arguments[4]);
    String messages = "/app/conversations/" + arguments[5] + "/messages";
    check(ada.connected.containsKey("device-id") && ada.connected.containsKey("epoch"), "CONNECTED says who and what");
    check(ada.connected.getHeartbeat()[0] >= 10_000, "heart-beats are agreed on: " + ada.connected);
    ada.subscribe();
    ben.subscribe();

    ObjectNode message = text("Grüße: 你好 🎉");
    StompHeaders receipt = ada.send(messages, message);
    for (Device device : new Device[] {ada, ben}) {
      JsonNode event = device.event("entry");
      check(event.get("seq").asText().equals(receipt.getFirst("seq")), "the seq of the receipt: " + event);
      check(event.get("entry").get("content").equals(message.get("content")), "as it was sent: " + event);
    }
    StompHeaders again = ada.send(messages, message);
    check(again.getFirst("seq").equals(receipt.getFirst("seq")), "the same send is the same message");
    StompHeaders answer = ben.send(messages, text("and back"));
    JsonNode heard = ada.event("entry");
    check(heard.get("seq").asText().equals(answer.getFirst("seq")), "the answer is heard: " + heard);

    // A refusal is an event; the session goes on.
    StompHeaders refused = headers("/app/conversations/1/messages");
    refused.setReceipt("refused");
    ada.session.send(refused, text("to nobody"));
    JsonNode error = ada.event("error");
    check(error.get("receipt").asText().equals("refused") && error.get("code").asText().equals("not_found"), "" + error);
    ada.send("/app/presence", JSON.createObjectNode().put("state", "active"));

    ada.leave();
    ben.leave();
    scheduler.shutdown();
  }

  private static ObjectNode text(String text) {
    ObjectNode message = JSON.createObjectNode();
    message.put("client_msg_id", UUID.randomUUID().toString());
    message.put("client_time", Instant.now().truncatedTo(java.time.temporal.ChronoUnit.MILLIS).toString());
    message.putObject("content").put("type", "text").put("text", text);
    return message;
  }

  private static StompHeaders headers(String destination) {
    StompHeaders headers = new StompHeaders();
    headers.setDestination(destination);
    headers.setContentType(org.springframework.util.MimeTypeUtils.APPLICATION_JSON);
    return headers;
  }

  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }

  /** One signed-in device. */
  private static final class Device extends StompSessionHandlerAdapter {
    private final CompletableFuture<StompHeaders> handshake = new CompletableFuture<>();
    private final BlockingQueue<JsonNode> events = new LinkedBlockingQueue<>();
    private StompSession session;
    private StompHeaders connected;

    /** Each has a client of its own: the WebSocket library ends the threads of a client with its first connection. */
    static Device connect(TaskScheduler scheduler, WebSocketHttpHeaders handshake, String url, String token)
        throws Exception {
      WebSocketStompClient client = new WebSocketStompClient(new StandardWebSocketClient());
      client.setMessageConverter(new MappingJackson2MessageConverter());
      // Heart-beats and receipts need it.
      client.setTaskScheduler(scheduler);
      client.setDefaultHeartbeat(new long[] {10_000, 10_000});
      Device device = new Device();
      StompHeaders headers = new StompHeaders();
      headers.add("Authorization", "Bearer " + token);
      device.session =
          client.connectAsync(url, handshake, headers, device).get(SECONDS, TimeUnit.SECONDS);
      device.connected = device.handshake.get(SECONDS, TimeUnit.SECONDS);
      return device;
    }

    void subscribe() throws Exception {
      StompHeaders headers = new StompHeaders();
      headers.setDestination(EVENTS);
      headers.setReceipt(UUID.randomUUID().toString());
      await(session.subscribe(headers, this));
    }

    StompHeaders send(String destination, Object body) throws Exception {
      StompHeaders headers = headers(destination);
      headers.setReceipt(UUID.randomUUID().toString());
      return await(session.send(headers, body));
    }

    /**
     * Says goodbye. The server hangs up as soon as it has read that, and the WebSocket library may have ended its threads by then,
     * before its own call is through and wants one of them.
     */
    void leave() {
      try {
        session.disconnect();
      } catch (MessageDeliveryException late) {
        check(late.getCause() instanceof RejectedExecutionException, "goodbye was not said: " + late.getCause());
      }
    }

    private static StompHeaders await(StompSession.Receiptable sent) throws Exception {
      CompletableFuture<StompHeaders> receipt = new CompletableFuture<>();
      sent.addReceiptTask(receipt::complete);
      sent.addReceiptLostTask(() -> receipt.completeExceptionally(new AssertionError("no receipt")));
      return receipt.get(SECONDS, TimeUnit.SECONDS);
    }

    /** The next event of a kind; others before it are passed over. */
    JsonNode event(String kind) throws InterruptedException {
      while (true) {
        JsonNode event = events.poll(SECONDS, TimeUnit.SECONDS);
        check(event != null, "no " + kind + " came");
        if (event.get("type").asText().equals(kind)) {
          return event;
        }
      }
    }

    @Override
    public void afterConnected(StompSession session, StompHeaders headers) {
      handshake.complete(headers);
    }

    @Override
    public Type getPayloadType(StompHeaders headers) {
      return JsonNode.class;
    }

    @Override
    public void handleFrame(StompHeaders headers, Object payload) {
      events.add((JsonNode) payload);
    }

    @Override
    public void handleException(
        StompSession session, StompCommand command, StompHeaders headers, byte[] payload, Throwable exception) {
      handshake.completeExceptionally(exception);
      exception.printStackTrace();
    }
  }
}
