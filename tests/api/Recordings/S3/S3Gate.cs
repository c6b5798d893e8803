using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace StepCloud.Tests.Api.Recordings.S3;

/// <summary>What stands on the way to a service: passes on, counts, and can hold, alter and break off.</summary>
internal sealed class S3Gate : IAsyncDisposable
{
    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false });
    private readonly WebApplication _application;
    private readonly S3Server _server;
    private long _bytes;

    private S3Gate(WebApplication application, S3Server server) => (_application, _server) = (application, server);

    public string Address => _application.Urls.Single();

    /// <summary>Whoever comes is turned away.</summary>
    public bool IsShut { get; set; }

    /// <summary>Is waited for before a request is passed on.</summary>
    public Func<HttpRequest, Task>? Hold { get; set; }

    /// <summary>Changes the body of an answer.</summary>
    public Func<HttpRequest, byte[], byte[]>? Alter { get; set; }

    /// <summary>After so many bytes of its body an answer breaks off; null for none.</summary>
    public Func<HttpRequest, int?>? BreakAfter { get; set; }

    /// <summary>`GET /bucket/key`, without queries, as they came.</summary>
    public ConcurrentQueue<string> Seen { get; } = [];

    /// <summary>Of bodies of answers.</summary>
    public long BytesGiven => Volatile.Read(ref _bytes);

    public static async Task<S3Gate> OpenAsync(S3Server server)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0").ConfigureKestrel(options => options.Limits.MaxRequestBodySize = null);
        WebApplication application = builder.Build();
        S3Gate gate = new(application, server);
        application.Run(gate.PassAsync);
        await application.StartAsync();
        return gate;
    }

    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync();
        _http.Dispose();
    }

    private async Task PassAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        Seen.Enqueue($"{request.Method} {request.Path}");
        if (Hold is { } hold && !IsShut) await hold(request);
        if (IsShut)
        {
            context.Abort();
            return;
        }

        // The signature is over the request as it was sent, host and all.
        using HttpRequestMessage passed = new(new HttpMethod(request.Method), _server.Address + context.Features.Get<IHttpRequestFeature>()!.RawTarget);
        if (request.ContentLength is not null || request.Headers.TransferEncoding.Count > 0) passed.Content = new StreamContent(request.Body);
        foreach ((string name, var values) in request.Headers)
        {
            if (name is "Connection" or "Expect") continue;
            if (!passed.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values)) passed.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }

        using HttpResponseMessage answer = await _http.SendAsync(passed, context.RequestAborted);
        context.Response.StatusCode = (int)answer.StatusCode;
        foreach ((string name, IEnumerable<string> values) in answer.Headers.Concat(answer.Content.Headers))
        {
            if (name is not ("Transfer-Encoding" or "Connection")) context.Response.Headers[name] = values.ToArray();
        }

        if (request.Method != "HEAD") await GiveAsync(context, await answer.Content.ReadAsByteArrayAsync(context.RequestAborted));
    }

    private async Task GiveAsync(HttpContext context, byte[] body)
    {
        if (Alter is { } alter) body = alter(context.Request, body);
        int? end = BreakAfter?.Invoke(context.Request);
        int count = Math.Min(end ?? body.Length, body.Length);
        Interlocked.Add(ref _bytes, count);
        if (count > 0) await context.Response.Body.WriteAsync(body.AsMemory(0, count), context.RequestAborted);
        if (count == body.Length) return;
        await context.Response.Body.FlushAsync(context.RequestAborted);
        context.Abort();
    }
}
