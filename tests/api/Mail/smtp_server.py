"""An SMTP server that keeps nothing: it prints its port, and then each mail that it takes as a line of JSON.

    smtp_server.py [--tls CERT KEY USER PASSWORD] [--fail N]

--fail N answers the first N mails with 451 (try again later). The address nobody@example.org has no mailbox (550).
"""
import argparse
import asyncio
import base64
import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

arguments = argparse.ArgumentParser()
arguments.add_argument("--tls", nargs=4)
arguments.add_argument("--fail", type=int, default=0)
options = arguments.parse_args()


class Handler:
    failures = options.fail

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if address == "nobody@example.org":
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    # As other servers have it: in any case, and with the name in the command itself, where aiosmtpd's own asks for it again.
    async def auth_login(self, server, args):
        login = base64.b64decode(args[1]) if len(args) > 1 else await server.challenge_auth("User Name\x00")
        password = await server.challenge_auth("Password\x00")
        good = login.decode() == options.tls[2] and password.decode() == options.tls[3]
        return AuthResult(success=good, auth_data=login.decode())

    async def handle_DATA(self, server, session, envelope):
        if Handler.failures > 0:
            Handler.failures -= 1
            return "451 4.3.0 try again later"
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        print(json.dumps({
            "from": str(mail["From"]), "to": envelope.rcpt_tos, "subject": str(mail["Subject"]), "id": str(mail["Message-ID"]),
            "auto": str(mail["Auto-Submitted"]), "body": mail.get_content(), "tls": session.ssl is not None, "user": session.auth_data,
        }), flush=True)
        return "250 OK"


def connection():
    if options.tls is None:
        return SMTP(Handler(), enable_SMTPUTF8=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options.tls[0], options.tls[1])
    return SMTP(Handler(), enable_SMTPUTF8=True, tls_context=context, require_starttls=True, auth_required=True)


async def main():
    server = await asyncio.get_running_loop().create_server(connection, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    # Ends with whoever started it.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.close()

asyncio.run(main())
