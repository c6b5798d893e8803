using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Options;
using StepCloud.Actors.Ports;
using StepCloud.Storage.Alarms;

namespace StepCloud.Api.Alarms.Delivery;

/// <summary>Sends a delivery to a webhook, once.</summary>
internal sealed class Webhook : IDisposable
{
    /// <summary>Of an answer that is no success: enough to see what was wrong.</summary>
    private const int ErrorBytesMax = 1024;

    private readonly HttpClient _http;
    private readonly ISealing _sealing;
    private readonly AlarmOptions _options;
    private readonly TimeProvider _clock;

    public Webhook(IOptions<AlarmOptions> options, ISealing sealing, TimeProvider clock)
    {
        _options = options.Value;
        _sealing = sealing;
        _clock = clock;
        PublicAddresses addresses = new([.. _options.AllowedNetworks.Select(IPNetwork.Parse)]);
        SocketsHttpHandler handler = new()
        {
            // A redirection leads to where nobody has signed for; a proxy would connect in our place.
            AllowAutoRedirect = false, UseProxy = false, UseCookies = false, ConnectCallback = addresses.ConnectAsync,
            // A name that leads elsewhere now is asked for anew.
            PooledConnectionLifetime = TimeSpan.FromMinutes(1), MaxResponseHeadersLength = 16,
        };
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public async Task<WebhookAnswer> SendAsync(DueDelivery delivery, CancellationToken cancellationToken)
    {
        if (delivery.SealedSecret is not { } sealedSecret) return new WebhookAnswer(null, "The channel has no secret. Make one.");
        string secret = Encoding.UTF8.GetString(_sealing.Open(WebhookSignature.Purpose(delivery.Channel.Value), sealedSecret));
        using CancellationTokenSource patience = new(_options.WebhookTimeout, _clock);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            using HttpRequestMessage request = RequestOf(delivery, secret);
            using HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            int status = (int)response.StatusCode;
            return response.IsSuccessStatusCode
                ? new WebhookAnswer(status, null)
                : new WebhookAnswer(status, $"{status} {await BeginningAsync(response, either.Token)}".TrimEnd());
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new WebhookAnswer(null, $"There was no answer within {_options.WebhookTimeout.TotalSeconds:0.###} seconds.");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return new WebhookAnswer(null, e.Message);
        }
    }

    public void Dispose() => _http.Dispose();

    private HttpRequestMessage RequestOf(DueDelivery delivery, string secret)
    {
        ByteArrayContent content = new(Encoding.UTF8.GetBytes(delivery.Body));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json", "utf-8");
        HttpRequestMessage request = new(HttpMethod.Post, delivery.Url) { Content = content };
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("StepCloud", null));
        request.Headers.Add("StepCloud-Event", delivery.Event);
        request.Headers.Add("StepCloud-Delivery", delivery.Id.ToString("D"));
        request.Headers.Add(WebhookSignature.Header, WebhookSignature.Of(secret, _clock.GetUtcNow(), delivery.Body));
        return request;
    }

    private static async Task<string> BeginningAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        byte[] bytes = new byte[ErrorBytesMax];
        await using Stream body = await response.Content.ReadAsStreamAsync(cancellationToken);
        int count = await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
        return Encoding.UTF8.GetString(bytes, 0, count);
    }
}

/// <param name="Status">Null when there was no answer.</param>
/// <param name="Error">Null when it was taken.</param>
internal sealed record WebhookAnswer(int? Status, string? Error);
