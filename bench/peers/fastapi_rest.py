"""Four of FoodFast's calls on FastAPI and asyncpg, with what belongs to them: models for what comes in, tokens verified and
signed, the same SQL functions, their status, ETag and cursor passed on, problems where they refuse. Nothing is logged.

The database: PGHOST, PGUSER, PGDATABASE; CONNECTIONS to it; SECRETS_DIR holds the keys."""
import base64
import hashlib
import hmac
import json
import os
import time
from typing import Literal
from uuid import UUID

import asyncpg
import jwt
from fastapi import Depends, FastAPI, Header, HTTPException, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Extra, conint, conlist, constr

secrets = os.environ["SECRETS_DIR"]
with open(f"{secrets}/jwt-keys", encoding="utf-8") as file:
    kid, key_hex = file.readline().split()
with open(f"{secrets}/hmac-key", encoding="utf-8") as file:
    hmac_key = bytes.fromhex(file.read().strip())
key = bytes.fromhex(key_hex)
ACCESS_TOKEN_S = 900

app = FastAPI(openapi_url=None)


class Strict(BaseModel):
    class Config:
        extra = Extra.forbid


class Item(Strict):
    menu_item_id: UUID
    quantity: conint(ge=1, le=99)
    note: constr(max_length=500) | None = None


class Payment(Strict):
    method: Literal["cash", "card"]
    payment_method_id: UUID | None = None


class Draft(Strict):
    restaurant_id: UUID
    items: conlist(Item, min_items=1, max_items=50)
    address_id: UUID | None = None
    address: dict | None = None
    payment: Payment
    tip: conint(ge=0) | None = None
    again: bool | None = None


class Renewal(Strict):
    refresh_token: constr(min_length=1, max_length=256)


@app.on_event("startup")
async def start():
    count = int(os.environ["CONNECTIONS"])
    app.state.pool = await asyncpg.create_pool(min_size=count, max_size=count)


@app.exception_handler(asyncpg.PostgresError)
async def problem(_: Request, error: asyncpg.PostgresError):
    """SQL's own problems: their status is in the SQLSTATE, their code in the constraint."""
    status = int(error.sqlstate[2:]) if error.sqlstate.startswith("FF") else 500
    body = json.dumps({"status": status, "code": error.constraint_name, "detail": error.message})
    return Response(body, status, media_type="application/problem+json")


async def session(authorization: str = Header("")) -> str:
    try:
        claims = jwt.decode(authorization.removeprefix("Bearer "), key, algorithms=["HS256"],
                            options={"require": ["exp", "sub", "sid", "role", "use"]})
    except jwt.PyJWTError as error:
        raise HTTPException(401, str(error)) from error
    return claims["sid"]


def answer(row) -> Response:
    headers = {"Cache-Control": "private, no-cache" if row["etag"] else "no-store"}
    if row["etag"]:
        headers["ETag"] = f'"{row["etag"]}"'
    if row["cursor"]:
        headers["Stream-Cursor"] = row["cursor"]
    if row["location"]:
        headers["Location"] = row["location"]
    return Response(row["body"], row["status"], headers, "application/json")


@app.get("/api/v1/me")
async def me(sid: str = Depends(session), if_none_match: str | None = Header(None)):
    return answer(await app.state.pool.fetchrow("select * from me_get($1, $2)", sid, if_none_match))


@app.get("/api/v1/orders")
async def orders(sid: str = Depends(session), if_none_match: str | None = Header(None), status: str | None = None,
                 restaurant_id: UUID | None = None, limit: int | None = Query(None, ge=1, le=100), page: str | None = None):
    return answer(await app.state.pool.fetchrow("select * from order_list($1, $2, $3, $4, $5, $6)",
                                                sid, status, restaurant_id, limit, page, if_none_match))


@app.post("/api/v1/orders")
async def order(draft: Draft, sid: str = Depends(session)):
    items = "[" + ",".join(item.json(exclude_none=True) for item in draft.items) + "]"
    return answer(await app.state.pool.fetchrow(
        "select * from order_place($1, $2, $3, $4, $5, $6, $7, $8)", sid, draft.restaurant_id, items, draft.address_id,
        json.dumps(draft.address) if draft.address else None, draft.payment.json(exclude_none=True), draft.tip, draft.again))


@app.post("/api/v1/auth/refresh")
async def refresh(renewal: Renewal):
    old = renewal.refresh_token.encode()
    successor = base64.urlsafe_b64encode(hmac.digest(hmac_key, b"refresh" + old, "sha256")).rstrip(b"=")
    grant = await app.state.pool.fetchrow("select * from session_refresh($1, $2)", hashlib.sha256(old).digest(),
                                          hashlib.sha256(successor).digest())
    if grant["status"] >= 400:
        return Response(grant["body"], grant["status"], media_type="application/problem+json")
    now = int(time.time())
    token = jwt.encode({"use": "access", "sub": str(grant["user_id"]), "sid": str(grant["session_id"]), "role": grant["role"],
                        "iat": now, "exp": now + ACCESS_TOKEN_S}, key, "HS256", {"kid": kid})
    body = (f'{{"user":{grant["body"]},"access_token":"{token}","token_type":"Bearer","expires_in":{ACCESS_TOKEN_S},'
            f'"refresh_token":"{successor.decode()}"}}')
    return Response(body, grant["status"], {"Cache-Control": "no-store"}, "application/json")
