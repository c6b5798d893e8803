using Shouldly;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Folders;
using StepCloud.Storage.Keys;
using StepCloud.Storage.Workflows;
using Xunit;

namespace StepCloud.Tests.Storage;

/// <summary>Links by a clock that stands still: when they end, and how tries at their passwords are counted.</summary>
public sealed class SharedLinkTests : StoreTests
{
    private readonly TestSealing _sealing = new();

    private KeyRing Keys => new(_sealing, Installation.Clock);

    private FolderStore Folders => new(Installation.Stores, Keys, Installation.Clock);

    private FolderLinks Links => new(Installation.Stores, Keys, Folders, Installation.Clock);

    private SharedLinks Shared => new(Installation.Stores, Keys, Installation.Clock);

    [Fact]
    public async Task A_link_holds_until_its_time_is_over_and_not_a_moment_longer()
    {
        byte[] token = Hash(1);
        (FolderId folder, _) = await AddAsync(token, Now.AddHours(1));
        SharedLink link = (await Shared.FindAsync(token, CancellationToken.None)).ShouldNotBeNull();
        (await OpenAsync(link, 1)).ShouldBeOfType<OpenLinkOutcome.Opened>().Folder.ShouldBe(new OpenedFolder("Laboratory", "Crown", Now.AddHours(1), null));

        Installation.Clock.Advance(TimeSpan.FromMinutes(14));
        (await Shared.FindGrantAsync(link.Id, Hash(1), CancellationToken.None)).ShouldNotBeNull();
        Installation.Clock.Advance(TimeSpan.FromMinutes(14));
        (await Shared.FindGrantAsync(link.Id, Hash(1), CancellationToken.None)).ShouldNotBeNull();
        Installation.Clock.Advance(TimeSpan.FromMinutes(15));
        (await Shared.FindGrantAsync(link.Id, Hash(1), CancellationToken.None)).ShouldBeNull();

        await OpenAsync(link, 2);
        Installation.Clock.Advance(TimeSpan.FromMinutes(17) - TimeSpan.FromMicroseconds(1));
        (await Shared.FindAsync(token, CancellationToken.None)).ShouldNotBeNull();
        Installation.Clock.Advance(TimeSpan.FromMicroseconds(1));
        (await Shared.FindAsync(token, CancellationToken.None)).ShouldBeNull();
        (await Shared.FindGrantAsync(link.Id, Hash(2), CancellationToken.None)).ShouldBeNull();
        (await OpenAsync(link, 3)).ShouldBeOfType<OpenLinkOutcome.Gone>();
        FolderLinkView view = (await Links.ListAsync(Organization.Id, folder, null, 10, CancellationToken.None)).ShouldNotBeNull().ShouldHaveSingleItem();
        (view.Holds, view.EndedAt, view.Opened).ShouldBe((false, null, 2));
        await Shared.SweepAsync(CancellationToken.None);
        (await Database.ScalarAsync<long>("SELECT count(*) FROM folder_link_grant")).ShouldBe(0);
    }

    [Fact]
    public async Task One_network_does_not_take_all_the_places_of_a_link()
    {
        byte[] token = Hash(1);
        await AddAsync(token, Now.AddDays(1));
        SharedLink link = (await Shared.FindAsync(token, CancellationToken.None))!;
        OpenLinkOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, SharedLinks.GrantsOfNetworkMax + 10).Select(i => OpenAsync(link, i)));
        outcomes.OfType<OpenLinkOutcome.Opened>().Count().ShouldBe(SharedLinks.GrantsOfNetworkMax);
        outcomes.OfType<OpenLinkOutcome.TooMany>().ShouldAllBe(full => full.OfNetwork && full.RetryAfter == SharedLinks.GrantIdle);
        (await Shared.OpenAsync(link, Hash(100), "203.0.113.7", false, Doer, CancellationToken.None)).ShouldBeOfType<OpenLinkOutcome.Opened>();
        Installation.Clock.Advance(SharedLinks.GrantIdle);
        (await OpenAsync(link, 101)).ShouldBeOfType<OpenLinkOutcome.Opened>();
    }

    [Fact]
    public async Task Tries_are_counted_before_they_are_looked_at_and_given_back_when_they_were_right()
    {
        byte[] token = Hash(1);
        await AddAsync(token, Now.AddDays(1));
        SharedLink link = (await Shared.FindAsync(token, CancellationToken.None))!;
        TimeSpan?[] waits = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Shared.TakeTryAsync(link, "192.0.2.1", CancellationToken.None)));
        waits.Count(wait => wait is null).ShouldBe(5);
        waits.Where(wait => wait is not null).ShouldAllBe(wait => wait == TimeSpan.FromMinutes(10));
        await OpenAsync(link, 1, tried: "192.0.2.1");
        (await Shared.TakeTryAsync(link, "192.0.2.1", CancellationToken.None)).ShouldBeNull();
        (await Shared.TakeTryAsync(link, "192.0.2.1", CancellationToken.None)).ShouldNotBeNull();
        Installation.Clock.Advance(TimeSpan.FromMinutes(10));
        (await Shared.TakeTryAsync(link, "192.0.2.1", CancellationToken.None)).ShouldBeNull();
    }

    [Fact]
    public async Task Twenty_tries_from_anywhere_pause_the_link_for_the_rest_of_the_hour_and_are_told_once()
    {
        byte[] token = Hash(1);
        await AddAsync(token, Now.AddDays(1));
        SharedLink link = (await Shared.FindAsync(token, CancellationToken.None))!;
        Installation.Clock.Advance(TimeSpan.FromMinutes(5));
        int told = 0;
        for (int hour = 0; hour < 2; hour++)
        {
            TimeSpan?[] waits = await Task.WhenAll(Enumerable.Range(0, 30).Select(i => Shared.TakeTryAsync(link, $"192.0.2.{i}", CancellationToken.None)));
            waits.Count(wait => wait is null).ShouldBe(20);
            waits.Where(wait => wait is not null).ShouldAllBe(wait => wait == TimeSpan.FromHours(1));
            for (int i = 0; i < 20; i++)
                if (await Shared.RefuseTryAsync(link, Doer, Mail, CancellationToken.None)) told++;
            told.ShouldBe(hour + 1);
            Installation.Clock.Advance(TimeSpan.FromHours(1));
        }

        (await Database.ScalarAsync<long>("SELECT count(*) FROM outgoing_mail WHERE kind = 'link_paused'")).ShouldBe(2);
        (await Database.ScalarAsync<long>("SELECT wrong_passwords FROM folder_link")).ShouldBe(40);
    }

    [Fact]
    public async Task A_restored_installation_has_no_open_links()
    {
        byte[] token = Hash(1);
        (FolderId folder, _) = await AddAsync(token, Now.AddDays(1));
        await new StepCloud.Storage.BackUp.RestoredInstallation(Installation.Stores, Installation.Clock).EnterRestoreAsync(Doer, Now, null, CancellationToken.None);
        (await Shared.FindAsync(token, CancellationToken.None)).ShouldBeNull();
        (await Links.ListAsync(Organization.Id, folder, null, 10, CancellationToken.None))!.Single().EndReason.ShouldBe("restored");
    }

    [Fact]
    public async Task Links_of_one_folder_are_bounded_and_ended_ones_do_not_count()
    {
        (FolderId folder, FolderLinkId first) = await AddAsync(Hash(0), Now.AddDays(1));
        for (int i = 1; i < FolderLinks.OpenMax; i++) (await AddLinkAsync(folder, Hash(i), Now.AddDays(1))).ShouldBeOfType<WorkflowOutcome<FolderLinkView>.Done>();
        ((await AddLinkAsync(folder, Hash(200), Now.AddDays(1))).ShouldBeOfType<WorkflowOutcome<FolderLinkView>.NotDone>().Why as WorkflowRefusal.Refused)!.Code.ShouldBe("too_many_links");
        await Links.RevokeAsync(Organization.Id, folder, first, Doer, null, CancellationToken.None);
        (await AddLinkAsync(folder, Hash(201), Now.AddDays(1))).ShouldBeOfType<WorkflowOutcome<FolderLinkView>.Done>();
    }

    private async Task<(FolderId Folder, FolderLinkId Link)> AddAsync(byte[] token, DateTimeOffset expiresAt)
    {
        FolderView folder = (await Folders.CreateAsync(Organization.Id, new FolderFields("Crown", null), Doer, null, CancellationToken.None)).ShouldBeOfType<WorkflowOutcome<FolderView>.Done>().Value;
        FolderLinkView link = (await AddLinkAsync(folder.Id, token, expiresAt)).ShouldBeOfType<WorkflowOutcome<FolderLinkView>.Done>().Value;
        return (folder.Id, link.Id);
    }

    private Task<WorkflowOutcome<FolderLinkView>> AddLinkAsync(FolderId folder, byte[] token, DateTimeOffset expiresAt) =>
        Links.CreateAsync(Organization.Id, folder, new NewFolderLink(token, "Dr. Weber", null, expiresAt, null), Organization.Owner, Doer, null, CancellationToken.None);

    private Task<OpenLinkOutcome> OpenAsync(SharedLink link, int grant, string? tried = null) => Shared.OpenAsync(link, Hash(grant), tried ?? "198.51.100.1", tried is not null, Doer, CancellationToken.None);

    private NewMail Mail(string recipient, FolderId folder, DateTimeOffset until) => new(Guid.CreateVersion7(), MailKinds.LinkPaused, recipient, [1], until);

    private static byte[] Hash(int number) => System.Security.Cryptography.SHA256.HashData(BitConverter.GetBytes(number));
}
