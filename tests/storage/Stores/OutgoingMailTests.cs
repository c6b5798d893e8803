using Shouldly;
using StepCloud.Storage;
using Xunit;

namespace StepCloud.Tests.Storage;

public sealed class OutgoingMailTests : StoreTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(2);

    private OutgoingMailStore Queue => new(Installation.Stores);

    [Fact]
    public async Task A_mail_is_taken_by_one_and_is_due_again_when_its_sender_died()
    {
        Guid mail = await AddAsync();
        QueuedMail taken = (await Queue.TakeAsync(Now, Lease, CancellationToken.None)).ShouldNotBeNull();
        (taken.Id, taken.Attempts, taken.Content.Length).ShouldBe((mail, 1, 3));
        (await Queue.TakeAsync(Now, Lease, CancellationToken.None)).ShouldBeNull();

        (await Queue.TakeAsync(Now + Lease, Lease, CancellationToken.None)).ShouldNotBeNull().Attempts.ShouldBe(2);
    }

    [Fact]
    public async Task Many_who_take_at_once_get_each_mail_once()
    {
        for (int count = 0; count < 20; count++) await AddAsync();
        QueuedMail?[] taken = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => Queue.TakeAsync(Now, Lease, CancellationToken.None)));
        taken.Where(mail => mail is not null).Select(mail => mail!.Id).Distinct().Count().ShouldBe(taken.Count(mail => mail is not null));
        (await Queue.TakeAsync(Now, Lease, CancellationToken.None) is null).ShouldBe(taken.Count(mail => mail is not null) == 20);
    }

    [Fact]
    public async Task A_refused_mail_is_due_when_it_was_said_and_one_given_up_never()
    {
        Guid mail = await AddAsync();
        await Queue.TakeAsync(Now, Lease, CancellationToken.None);
        await Queue.TryLaterAsync(mail, Now + TimeSpan.FromSeconds(10), "busy", CancellationToken.None);
        (await Queue.FindNextDueAsync(CancellationToken.None)).ShouldBe(Now + TimeSpan.FromSeconds(10));
        (await Queue.TakeAsync(Now + TimeSpan.FromSeconds(9), Lease, CancellationToken.None)).ShouldBeNull();
        (await Queue.TakeAsync(Now + TimeSpan.FromSeconds(10), Lease, CancellationToken.None)).ShouldNotBeNull();

        await Queue.GiveUpAsync(mail, Now, new string('x', 5000), CancellationToken.None);
        (await Queue.FindNextDueAsync(CancellationToken.None)).ShouldBeNull();
        (await Queue.TakeAsync(Now + TimeSpan.FromDays(1), Lease, CancellationToken.None)).ShouldBeNull();
    }

    private async Task<Guid> AddAsync()
    {
        Guid id = Guid.CreateVersion7();
        await Installation.Stores.ExecuteAsync(
            OutgoingMailStore.Insert(new Actors.Ports.NewMail(id, "invitation", "a@example.org", [1, 2, 3], Now + TimeSpan.FromDays(1)), Now), CancellationToken.None);
        return id;
    }
}
