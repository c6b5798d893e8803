"""OpenStack Swift, whole, in one process: proxy with its S3 API, account, container and object server, with one copy of everything in a folder.

swift_s3.py FOLDER PORT KEY_ID SECRET       PORT 0 lets the system choose; the line "S3 on PORT" says that it listens. Ends with its standard input.
"""
import os
import sys

import eventlet

eventlet.monkey_patch()

from eventlet import patcher, wsgi
from swift.common import utils
from swift.common.ring import RingBuilder
from swift.common.wsgi import loadapp

folder, port, key_id, secret = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
account, user = key_id.split(':')
devices = os.path.join(folder, 'devices')
os.makedirs(os.path.join(devices, 'd1'), exist_ok=True)


class Cache:
    """What the proxy keeps in memcached elsewhere: tokens and what it knows of containers. Here nothing is remembered."""

    def get(self, key, *_, **__):
        return None

    def set(self, *_, **__):
        pass

    def delete(self, *_, **__):
        pass

    def incr(self, *_, **__):
        return 1

    get_multi = set_multi = lambda *_, **__: []


def write(name, text):
    path = os.path.join(folder, name)
    with open(path, 'w') as file:
        file.write(text)
    return path


write('swift.conf', '[swift-hash]\nswift_hash_path_suffix = stepcloud\n[storage-policy:0]\nname = one\ndefault = yes\n')
utils.set_swift_dir(folder)

common = f'''[DEFAULT]
swift_dir = {folder}
devices = {devices}
mount_check = false
disable_fallocate = true
fallocate_reserve = 0
log_level = ERROR
bind_ip = 127.0.0.1
bind_port = 1
workers = 0
'''


def listen(number):
    return eventlet.listen(('127.0.0.1', number))


class Quiet:
    def write(self, *_):
        pass

    def flush(self):
        pass


def serve(socket, app):
    eventlet.spawn(wsgi.server, socket, app, log=Quiet(), log_output=False, minimum_chunk_size=1)


backends = {kind: listen(0) for kind in ('account', 'container', 'object')}
for kind, socket in backends.items():
    builder = RingBuilder(4, 1, 0)
    builder.add_dev({'id': 0, 'region': 1, 'zone': 1, 'ip': '127.0.0.1', 'port': socket.getsockname()[1], 'device': 'd1', 'weight': 1.0,
                     'replication_ip': '127.0.0.1', 'replication_port': socket.getsockname()[1]})
    builder.rebalance()
    builder.get_ring().save(os.path.join(folder, f'{kind}.ring.gz'))

for kind, socket in backends.items():
    serve(socket, loadapp(write(f'{kind}.conf', common + f'[app:main]\nuse = egg:swift#{kind}\n')))

proxy = loadapp(write('proxy.conf', common + f'''
[pipeline:main]
pipeline = catch_errors gatekeeper listing_formats s3api tempauth slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
allow_account_management = false
node_timeout = 30
conn_timeout = 5
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
[filter:tempauth]
use = egg:swift#tempauth
user_{account}_{user} = {secret} .admin
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
'''))
cache = Cache()


def with_cache(environ, start_response):
    environ['swift.cache'] = cache
    return proxy(environ, start_response)


def end_with_input():
    system = patcher.original('os')
    while system.read(0, 1):
        pass
    system._exit(0)


patcher.original('threading').Thread(target=end_with_input, daemon=True).start()
front = listen(port)
print(f'S3 on {front.getsockname()[1]}', flush=True)
wsgi.server(front, with_cache, log=Quiet(), log_output=False, minimum_chunk_size=1)
