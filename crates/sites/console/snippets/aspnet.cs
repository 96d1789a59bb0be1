// dotnet add package Microsoft.AspNetCore.Authentication.OpenIdConnect
builder.Services
    .AddAuthentication(options =>
    {
        options.DefaultScheme = CookieAuthenticationDefaults.AuthenticationScheme;
        options.DefaultChallengeScheme = OpenIdConnectDefaults.AuthenticationScheme;
    })
    .AddCookie()
    .AddOpenIdConnect(options =>
    {
        options.Authority = "{{ISSUER}}";
        options.ClientId = "{{CLIENT_ID}}";
        options.ClientSecret = builder.Configuration["CLIENT_SECRET"];
        options.CallbackPath = "{{REDIRECT_PATH}}";
        options.ResponseType = OpenIdConnectResponseType.Code;
        options.UsePkce = true;
        options.MapInboundClaims = false;
        options.GetClaimsFromUserInfoEndpoint = true;
        options.Scope.Clear();
        foreach (var scope in "{{SCOPE}}".Split(' ')) options.Scope.Add(scope);
    });
