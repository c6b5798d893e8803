using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;
using Xunit;

namespace StepCloud.Tests.Storage;

public sealed class UserErasureTests : StoreTests
{
    [Fact]
    public async Task Of_an_erased_user_the_id_stays_and_no_name_or_address_outside_of_the_audit()
    {
        UserId user = await Installation.AddUserAsync(Organization.Id, "quastenflosser@example.com");
        UserErasure erasure = new(Installation.Stores, Installation.Clock);
        (await erasure.EraseAsync(user, Doer, CancellationToken.None)).ShouldBeFalse("he may still come in");
        await Database.ExecuteAsync("UPDATE app_user SET disabled_at = now(), name = 'Kugelfisch' WHERE id = $1", user.Value);

        (await erasure.EraseAsync(user, Doer, CancellationToken.None)).ShouldBeTrue();

        (await DumpedDatabase.ReadAsync(Database)).ShouldNotContain("quastenflosser", Case.Insensitive);
        UserRow row = (await new UserQueries(Installation.Stores).FindAsync(Organization.Id, user, CancellationToken.None)).ShouldNotBeNull();
        (row.Name, row.Email, row.Roles.Count).ShouldBe((UserErasure.Erased, null, 0));
        (await Database.ScalarAsync<long>("SELECT count(*) FROM audit_entry WHERE action = 'user.erased' AND subject_id = $1", user.ToString())).ShouldBe(1);
    }
}
