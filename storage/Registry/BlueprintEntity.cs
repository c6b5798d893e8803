namespace StepCloud.Storage.Registry;

/// <summary>What parts are made by. What a blueprint says stands in its versions, which have routes of their own.</summary>
internal static class BlueprintEntity
{
    public static RegistryEntity Blueprint() => new("blueprint", "blueprints", "blueprint")
    {
        Organization = "t.organization_id",
        Own =
        [
            Entities.Reference("organization", "Whose it is.", Entities.Organization, Entities.OrganizationExample),
            Entities.Name("What it is called.", "Splint, Ortho Rigid"),
            Entities.Text("description", "What it is for.", "Night guards of up to 3 mm") with { CharsMax = 1000, Fault = FieldRules.Lines, Pattern = FieldRules.LinesPattern },
            new("approved_version", FieldKind.Number, "The newest version that is approved: what new jobs go through. Null when there is none.")
            {
                Select = "(SELECT max(number)::bigint FROM blueprint_version WHERE blueprint_id = t.id AND state = 'approved')", IsNullable = true, Example = "1",
            },
        ],
        Unique = Entities.OneField("blueprint_name_key", "name"),
        Users = RegistryVerbs.All,
    };
}
