using System.Text;
using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Api.Tokens;
using StepCloud.Api.Workflows.Records;
using StepCloud.Contracts.Audit;
using StepCloud.Storage;
using StepCloud.Tests.Api.Http;
using Xunit;

namespace StepCloud.Tests.Api.BatchRecords;

/// <summary>`/.well-known/signature-keys.json`, of a server that no other test shares.</summary>
public sealed class SignatureKeysTests : IAsyncLifetime
{
    private readonly ApiServer _server = new();

    public Task InitializeAsync() => _server.InitializeAsync();

    public Task DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Every_key_there_ever_was_is_published_to_everybody_a_revoked_one_marked()
    {
        string first = _server.Service<SigningKeys>().Current.KeyId;
        StoredSigningKey second = (await _server.Service<SigningKeyRotation>().RotateAsync(signsAtOnce: true, CancellationToken.None)).ShouldNotBeNull();
        SigningKeyStore store = new(new StepCloudDatabase(_server.Database.Source, TimeProvider.System));
        await store.RevokeAsync(first, AuditDoer.System("test"), TimeProvider.System.GetUtcNow(), CancellationToken.None);

        JsonNode set = await _server.Anonymous.GetAsync("/.well-known/signature-keys.json").ShouldAnswerAsync(200);
        JsonNode Of(string kid) => set["keys"]!.AsArray().Single(key => (string?)key!["kid"] == kid)!;
        Of(first)["revoked_at"].ShouldNotBeNull();
        Of(second.KeyId)["revoked_at"].ShouldBeNull();
        set.ToJsonString().ShouldNotContain("\"d\"");

        PublishedKeySet read = PublishedKeySet.Read(Encoding.UTF8.GetBytes(set.ToJsonString()));
        read.Find(first).ShouldNotBeNull().RevokedAt.ShouldNotBeNull();
        read.Find(second.KeyId).ShouldNotBeNull().SignedFrom.ShouldNotBeNull();
    }
}
