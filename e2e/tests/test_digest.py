"""The weekly digest of DASMO over a real SMTP server: on Monday, for the rows that the person may see then, once. And an alert, on the
morning after a claim became chronic."""

import email
import email.policy
import re
import urllib.request

import pytest
from aiosmtpd.controller import Controller
from omnia.anagrafe.v1 import people_pb2
from omnia.anagrafe.v1.people_pb2_grpc import RolesServiceStub
from omnia.dasmo.v1 import dasmo_pb2, digest_pb2
from omnia.dasmo.v1.digest_pb2_grpc import DasmoDigestServiceStub

from omnia_e2e import claims
from omnia_e2e.errors import refused
from omnia_e2e.platform import Platform, free_port, scratch_folder


class Mailbox:
    """What a mail server took."""

    def __init__(self):
        self.letters = []

    async def handle_DATA(self, _server, _session, envelope):
        letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.letters.append((envelope.rcpt_tos, letter))
        return "250 OK"

    def text(self, number):
        return self.letters[number][1].get_body(("plain",)).get_content().replace("\r\n", "\n")


@pytest.fixture(scope="module")
def mailed():
    mailbox = Mailbox()
    port = free_port()
    server = Controller(mailbox, hostname="127.0.0.1", port=port)
    server.start()
    mail = "OMNIA__SERVICES__DASMO__SETTINGS__MAIL__"
    env = {mail + "SMTP_URL": f"smtp://127.0.0.1:{port}",
           mail + "SENDER": "dasmo@inps.it", mail + "DOMAINS": "inps.it"}
    with scratch_folder() as folder:
        platform = Platform(folder / "omnia", now="2026-09-02T10:00:00+02:00", env=env).start()
        filer = platform.caller("consulente")
        claims.submit(filer, claims.draft(filer, claims.content("2026-09-07", 2)))
        yield platform, mailbox
        platform.stop()
    server.stop()


def subscribe(platform, persona, address, kind=digest_pb2.DIGEST_KIND_WEEKLY, **filters):
    request = digest_pb2.SubscribeDigestRequest(
        subject=digest_pb2.DIGEST_SUBJECT_CLAIMS, kind=kind, address=address, page="/cruscotto", filter=dasmo_pb2.VolumesFilter(**filters))
    return platform.caller(persona)((DasmoDigestServiceStub, "SubscribeDigest"), request).subscription


def test_on_monday_each_subscriber_gets_the_own_territory_once_and_who_lost_dasmo_gets_nothing(mailed):
    platform, mailbox = mailed
    subscribe(platform, "direttore", "milano@inps.it")
    subscribe(platform, "direttore-torino", "torino@inps.it")
    subscribe(platform, "dirigente", "dirigente@inps.it")
    with refused("INVALID_ARGUMENT", "FIELD_INVALID"):
        subscribe(platform, "direttore", "milano@example.it")
    with refused("PERMISSION_DENIED", "IDN-E05"):
        subscribe(platform, "direttore-torino", "torino@inps.it", office="490000")
    with refused("PERMISSION_DENIED", "IDN-E04"):
        subscribe(platform, "operatore", "operatore@inps.it")
    assert mailbox.letters == []

    # The IDM takes DASMO away from the executive before Monday.
    idm = platform.caller("idm")
    roles = idm((RolesServiceStub, "ListStaffRoles"), people_pb2.ListStaffRolesRequest()).roles
    executive = next(role for role in roles if role.role == "DIR" and role.HasField("dasmo_from"))
    withdrawn = people_pb2.WithdrawStaffRoleRequest(role_id=executive.role_id, dasmo_only=True)
    idm((RolesServiceStub, "WithdrawStaffRole"), withdrawn)

    assert platform.stop() == 0
    platform.restart(now="2026-09-07T06:59:00+02:00")
    platform.omnia("job", "dasmo-snapshot")
    platform.omnia("job", "dasmo-digest")
    by_address = {to[0]: number for number, (to, _) in enumerate(mailbox.letters)}
    assert sorted(by_address) == ["milano@inps.it", "torino@inps.it"] and len(mailbox.letters) == 2
    text = mailbox.text(by_address["milano@inps.it"])
    assert re.search(r"Situazione al: 06/09/2026", text) and re.search(r"Sede: 490000\n(  .*\n)*?  Giacenza: 1\n", text), text
    assert "490000" not in mailbox.text(by_address["torino@inps.it"])
    letter = mailbox.letters[by_address["milano@inps.it"]][1]
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click" and letter.get_body(("html",))

    platform.omnia("job", "dasmo-digest")
    assert len(mailbox.letters) == 2, "once a week"


def test_a_mail_program_unsubscribes_by_itself(mailed):
    platform, mailbox = mailed
    letter = next(letter for to, letter in mailbox.letters if to == ["milano@inps.it"])
    link = re.fullmatch(r"<(.*)>", letter["List-Unsubscribe"].strip()).group(1)
    link = link.replace(re.match(r"https?://[^/]*", link).group(0), platform.run["portal"])
    page = urllib.request.urlopen(link).read().decode()
    assert "<form method=\"post\"" in page
    ended = urllib.request.urlopen(urllib.request.Request(link, data=b"List-Unsubscribe=One-Click"))
    assert ended.status == 200
    answer = platform.caller("direttore")((DasmoDigestServiceStub, "GetDigest"), digest_pb2.GetDigestRequest())
    assert answer.available and not answer.subscriptions


def test_an_alert_comes_on_the_morning_after_a_claim_became_chronic_and_not_again(mailed):
    platform, mailbox = mailed
    subscribe(platform, "direttore", "milano@inps.it", digest_pb2.DIGEST_KIND_ALERT)
    subscribe(platform, "direttore-torino", "torino@inps.it", digest_pb2.DIGEST_KIND_ALERT)
    before = len(mailbox.letters)
    # The claim of 2 September is 180 days old at the end of 1 March, and chronic a day later.
    for day in ("2027-03-02", "2027-03-03", "2027-03-04"):
        assert platform.stop() == 0
        platform.restart(now=f"{day}T06:59:00+01:00")
        platform.omnia("job", "dasmo-snapshot")
        platform.omnia("job", "dasmo-digest")
    alerts = [number for number in range(before, len(mailbox.letters)) if mailbox.text(number).startswith("Avviso: ")]
    assert [mailbox.letters[number][0] for number in alerts] == [["milano@inps.it"]]
    text = mailbox.text(alerts[0])
    assert re.search(r"Sede: 490000\n  Dal 01/03/2027: croniche \+1\n", text), text
    assert "Situazione al: 02/03/2027" in text
