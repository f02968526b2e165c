//! Applications on branches of their own, and what stands on these branches.

use k8s_openapi::api::events::v1::Event;
use kube::Api;
use kube::api::ListParams;
use serde_json::json;
use tidegate_core::argo_cd::Application;
use tidegate_core::argo_cd::adoption::Parent;
use tidegate_core::branch::Branch;
use tidegate_testkit::argo_cd::{NewApplication, create};
use tidegate_testkit::repository::Edit;

use super::{APPLICATIONS, Delivery, adopt_by_branch};
use crate::installation::{BOT, DANA, eventually};

/// The branch of an Application.
pub fn branch_of(name: &str) -> Branch {
    Branch::parse(&format!("env/{name}")).unwrap()
}

impl Delivery {
    /// Argo CD delivers the three Applications from the branch `main`. Each is
    /// adopted by a branch of its own, which is at what runs. The first is the
    /// child of an Application that says itself that it follows that branch.
    pub async fn on_branches() -> Self {
        let mut delivery = Self::not_adopted().await;
        let repository = &delivery.tidegate.repository;
        for (name, _) in APPLICATIONS {
            let branch = branch_of(name);
            let first = delivery.first.as_str();
            repository
                .says(&["branch", branch.as_str(), first])
                .unwrap();
        }
        let parent = delivery.becomes_a_child(APPLICATIONS[0].0).await;
        for (position, (name, _)) in APPLICATIONS.into_iter().enumerate() {
            let parent = (position == 0).then_some(&parent);
            adopt_by_branch(&delivery.applications, name, &branch_of(name), parent).await;
        }
        delivery
    }

    /// Another Application makes this one, and lets it follow its branch.
    async fn becomes_a_child(&mut self, name: &str) -> Parent {
        let object = self.get(name).await;
        let mut child = json!({
            "apiVersion": object["apiVersion"],
            "kind": object["kind"],
            "metadata": {"name": name, "namespace": "argocd", "labels": object["metadata"]["labels"]},
            "spec": object["spec"],
        });
        child["spec"]["source"]["targetRevision"] = json!(branch_of(name));
        let repository = &mut self.tidegate.repository;
        repository.branch("apps").unwrap();
        let edits = [Edit::write("apps/canary.yaml", format!("{child:#}\n"))];
        let commit = repository.commit(BOT, "The Applications", &edits).unwrap();
        repository.switch("main").unwrap();
        let parent = NewApplication {
            name: "root",
            project: "production",
            repository: repository.path(),
            path: "apps",
            revision: "apps",
            server: self.argo_cd.server(),
            namespace: "argocd",
        };
        create(&self.applications, parent.object()).await.unwrap();
        self.is_at("root", &commit).await;
        eventually("it is a child that follows its branch", async || {
            let child = Application::read(&self.get(name).await).unwrap();
            let is_child = child.parent() == Some(("Application", "root".to_owned()));
            (is_child && child.follows(&branch_of(name))).then_some(())
        })
        .await;
        Parent::Application("root".to_owned(), Some(self.get("root").await))
    }

    /// The commit at the branch of an Application.
    pub fn head(&self, name: &str) -> String {
        let branch = branch_of(name);
        self.tidegate.repository.revision(&branch.full()).unwrap()
    }

    /// Something of a commit, by git's own placeholders.
    pub fn of_commit(&self, commit: &str, format: &str) -> String {
        let format = format!("--format={format}");
        let repository = &self.tidegate.repository;
        repository
            .says(&["show", "--no-patch", &format, commit])
            .unwrap()
            .trim()
            .to_owned()
    }

    /// A commit has this content, these parents, and says whose it is.
    pub fn carries(
        &self,
        commit: &str,
        content: &str,
        parents: &[&str],
        change: &str,
        effect: &str,
    ) {
        let of = |format: &str| self.of_commit(commit, format);
        assert_eq!(of("%T"), self.of_commit(content, "%T"), "{commit}");
        assert_eq!(of("%P"), parents.join(" "), "{commit}");
        assert_eq!(of("%cn"), "Tidegate");
        let trailer = |key: &str| of(&format!("%(trailers:key={key},valueonly)"));
        assert!(trailer("Tidegate-Change").starts_with(&format!("{change} ")));
        assert!(trailer("Tidegate-Effect").contains(effect), "{}", of("%B"));
        assert_eq!(trailer("Tidegate-Revision"), content);
        let ticket = format!("{}: ", change.to_uppercase());
        assert!(of("%s").starts_with(&ticket), "{}", of("%s"));
    }

    /// Somebody pushes to the branch of an Application, and Argo CD is told, as a
    /// webhook tells it.
    pub async fn push_by_hand(&mut self, name: &str, edits: &[Edit]) -> String {
        let repository = &mut self.tidegate.repository;
        repository.switch(branch_of(name).as_str()).unwrap();
        let pushed = repository.commit(DANA, "By hand", edits).unwrap();
        repository.switch("main").unwrap();
        self.look_now(name).await;
        pushed
    }

    /// Lets Argo CD look at the branch now.
    pub async fn look_now(&self, name: &str) {
        let annotation = json!({"argocd.argoproj.io/refresh": "normal"});
        let look = json!({"metadata": {"annotations": annotation}});
        self.patch(name, &look).await;
    }

    /// Waits for an Event of an Application with this text in its note.
    pub async fn is_told(&self, name: &str, reason: &str, text: &str) {
        let api: Api<Event> = Api::namespaced(self.tidegate.admin.clone(), "argocd");
        let of = ListParams::default().fields(&format!("regarding.name={name}"));
        eventually(&format!("{reason} {text}"), async || {
            let events = api.list(&of).await.unwrap().items.into_iter();
            let is_it = |event: &Event| {
                let note = event.note.as_deref().unwrap_or_default();
                event.reason.as_deref() == Some(reason) && note.contains(text)
            };
            events.into_iter().find(is_it).map(|_| ())
        })
        .await;
    }
}
