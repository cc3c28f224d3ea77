"""Run in the image: the fictional town is founded in the stack's database, its signers' keys go into the shared folder."""

from pathlib import Path

from edms import bootstrap, clock
from edms.config import load
from edms.demo import authority as authorities
from edms.demo.town import PIN, SIGNERS, found

authority = authorities.open_authority(Path("/stack"))
house = bootstrap.build(load(), pool_size=2)
with house.transaction() as session:
    town = found(session, years=(clock.now().year - 1, clock.now().year))
for login in SIGNERS:
    house.signers.install(town.people[login].official_id, authority.pkcs12(login).read_bytes(), pin=PIN)
house.close()
