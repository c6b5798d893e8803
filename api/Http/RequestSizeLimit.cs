using Microsoft.AspNetCore.Http.Metadata;

namespace StepCloud.Api.Http;

/// <summary>The largest body that an endpoint takes, in bytes; more is answered 413 before it is read.</summary>
internal sealed class RequestSizeLimit(long bytesMax) : IRequestSizeLimitMetadata
{
    public long? MaxRequestBodySize => bytesMax;
}
