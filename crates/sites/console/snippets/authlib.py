# pip install authlib httpx2 itsdangerous starlette
import os

from authlib.integrations.starlette_client import OAuth

oauth = OAuth()
oauth.register(
    "lienthong",
    client_id="{{CLIENT_ID}}",
    client_secret=os.environ["CLIENT_SECRET"],
    server_metadata_url="{{ISSUER}}/.well-known/openid-configuration",
    client_kwargs={"scope": "{{SCOPE}}", "code_challenge_method": "S256"},
)


async def begin(request):
    return await oauth.lienthong.authorize_redirect(request, "{{REDIRECT_URI}}"{{CLAIMS_PY}})


async def finish(request):
    tokens = await oauth.lienthong.authorize_access_token(request)
    return await oauth.lienthong.userinfo(token=tokens)
