"""Debian's python3-paho-mqtt as an outside judge of the server: paho_judge.py HOST PORT VERSION (4 or 5).

Prints the names of what it has judged; any surprise is a traceback and a non-zero exit.
"""
import queue
import sys
import threading

import paho.mqtt.client as paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

HOST, PORT, VERSION = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
FIVE = VERSION == 5
PATIENCE = 20


class Client:
    """A connected client whose events can be waited for."""

    def __init__(self, name, clean=True, expiry=0, will=None):
        arguments = {} if FIVE else {"clean_session": clean}
        self.paho = paho.Client(f"py-{name}", protocol=VERSION, **arguments)
        self.messages, self.granted, self.done = queue.Queue(), queue.Queue(), queue.Queue()
        self.connected, self.left = queue.Queue(), queue.Queue()
        self.paho.on_connect = lambda c, u, flags, code, *more: self.connected.put((int(str(code)) if not FIVE else code.value, flags))
        self.paho.on_message = lambda c, u, message: self.messages.put(message)
        self.paho.on_subscribe = lambda c, u, mid, granted, *more: self.granted.put([g.value if FIVE else g for g in granted])
        self.paho.on_publish = lambda c, u, mid: self.done.put(mid)
        self.paho.on_disconnect = lambda c, u, code, *more: self.left.put(code.value if FIVE and hasattr(code, "value") else code)
        if will:
            self.paho.will_set(*will)
        if FIVE:
            properties = Properties(PacketTypes.CONNECT)
            properties.SessionExpiryInterval = expiry
            self.paho.connect(HOST, PORT, 60, clean_start=clean, properties=properties)
        else:
            self.paho.connect(HOST, PORT, 60)
        self.paho.loop_start()
        code, flags = self.connected.get(timeout=PATIENCE)
        assert code == 0, code
        self.session_present = flags["session present"] == 1

    def subscribe(self, topic, qos, **options):
        if FIVE:
            self.paho.subscribe(topic, options=SubscribeOptions(qos, **options))
        else:
            self.paho.subscribe(topic, qos)
        return self.granted.get(timeout=PATIENCE)

    def publish(self, topic, payload, qos=0, retain=False, properties=None):
        self.paho.publish(topic, payload, qos, retain, properties)
        self.done.get(timeout=PATIENCE)

    def take(self, count):
        return [self.messages.get(timeout=PATIENCE) for _ in range(count)]

    def leave(self):
        self.paho.disconnect()
        self.paho.loop_stop()


def every_qos():
    client = Client("qos")
    assert client.subscribe("py/qos/#", 2) == [2]
    for qos in (0, 1, 2):
        client.publish(f"py/qos/{qos}", f"m{qos}", qos)
    assert [(m.topic, m.payload, m.qos) for m in client.take(3)] == [(f"py/qos/{q}", b"m%d" % q, q) for q in (0, 1, 2)]
    client.leave()


def retained():
    client = Client("retained")
    client.publish("py/retained", "kept", 1, retain=True)
    client.subscribe("py/retained", 1)
    message, = client.take(1)
    assert (message.payload, message.retain) == (b"kept", True)
    client.publish("py/retained", "", 1, retain=True)
    client.leave()


def resumed():
    first = Client("resumed", clean=False, expiry=60)
    first.subscribe("py/resumed", 2)
    first.leave()
    sender = Client("sender")
    for i in range(50):
        sender.publish("py/resumed", str(i), 2)
    second = Client("resumed", clean=False, expiry=60)
    assert second.session_present
    assert [int(m.payload) for m in second.take(50)] == list(range(50))
    second.leave()
    sender.leave()


def many_at_once():
    client = Client("many")
    client.subscribe("py/many", 2)
    for i in range(500):
        client.paho.publish("py/many", str(i), i % 3)
    assert sorted(int(m.payload) for m in client.take(500)) == list(range(500))
    client.leave()


def will():
    watcher = Client("watcher")
    watcher.subscribe("py/will", 1)
    mortal = Client("mortal", will=("py/will", "gone", 1, False))
    mortal.paho.loop_stop()
    mortal.paho._sock_close()
    assert watcher.take(1)[0].payload == b"gone"
    watcher.leave()


def refused():
    client = Client("refused")
    assert client.subscribe("forbidden", 1) == [0x87 if FIVE else 0x80]
    client.publish("forbidden", "x", 1)
    client.publish("py/still/there", "x", 1)
    client.leave()


def properties_of_5():
    if not FIVE:
        return
    client = Client("properties")
    client.subscribe("py/properties", 1, noLocal=False, retainAsPublished=True)
    properties = Properties(PacketTypes.PUBLISH)
    properties.ResponseTopic = "py/answer"
    properties.CorrelationData = b"42"
    properties.ContentType = "text/plain"
    properties.MessageExpiryInterval = 30
    properties.UserProperty = ("a", "1")
    properties.UserProperty = ("a", "2")
    client.publish("py/properties", "x", 1, properties=properties)
    got = client.take(1)[0].properties
    assert (got.ResponseTopic, got.CorrelationData, got.ContentType) == ("py/answer", b"42", "text/plain")
    assert got.UserProperty == [("a", "1"), ("a", "2")]
    client.subscribe("py/own", 1, noLocal=True)
    client.publish("py/own", "x", 1)
    client.publish("py/properties", "last", 1)
    assert client.take(1)[0].payload == b"last"
    client.leave()


threading.excepthook = lambda args: sys.exit(f"a callback failed: {args.exc_value!r}")
for judge in (every_qos, retained, resumed, many_at_once, will, refused, properties_of_5):
    judge()
    print(judge.__name__, flush=True)
